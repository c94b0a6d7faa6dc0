#include "worker/hrn/core/cuda/raster.hpp"

#include "worker/hrn/core/cuda/block_scan.cuh"
#include "worker/hrn/core/cuda/frustum.cuh"
#include "worker/hrn/core/cuda/raster_key.cuh"

namespace hrn::core::cuda {
namespace {

constexpr int subpixels = 16;
constexpr int half_extent = 8 * (view_side - 1);  // pixel i's sample is at 16 i - half_extent
constexpr float snap_scale = 8.0F * view_side;

// On the snapped grid. Coordinates stay within 4 * 1792, so every product fits 32 bits.
struct SnappedPoint {
    int x, y;      // 1/16 pixel from the image centre
    double depth;  // z / w, -1 near .. 1 far
};

__device__ int cross(int ax, int ay, int bx, int by) {
    return ax * by - ay * bx;
}

// Products are rounded one by one, then to even.
__device__ int to_grid(float v, float reciprocal) {
    const float limit = 4.0F * snap_scale;  // keeps wild numbers of degenerate pieces inside an integer
    const float scaled = v * reciprocal * snap_scale;
    return static_cast<int>(rintf(scaled < -limit ? -limit : (limit < scaled ? limit : scaled)));
}

__device__ SnappedPoint snap(float4 c) {
    const float reciprocal = 1.0F / c.w;
    return {to_grid(c.x, reciprocal), to_grid(c.y, reciprocal), static_cast<double>(c.z / c.w)};
}

// First and last pixel whose sample lies in [lo, hi].
__device__ int first_pixel(int lo) {
    const int shifted = lo + half_extent + subpixels - 1;
    return shifted < 0 ? 0 : shifted / subpixels;
}
__device__ int last_pixel(int hi) {
    const int shifted = hi + half_extent;
    return shifted < 0 ? -1 : min(view_side - 1, shifted / subpixels);
}

// A sample on an edge belongs to the triangle unless the edge runs this way: two neighbours share it once.
__device__ bool on_side(int e, int dx, int dy) {
    return e > 0 || (e == 0 && !(dy > 0 || (dy == 0 && dx <= 0)));
}

// Depth as the 32-bit integer that is compared.
__device__ unsigned depth_word(double depth) {
    const double scaled = depth * 0.5 + 0.5;
    return static_cast<unsigned>((scaled < 0.0 ? 0.0 : (1.0 < scaled ? 1.0 : scaled)) * 4294967295.0);
}

__device__ void draw(float4 c0, float4 c1, float4 c2, int face, PixelKey* keys) {
    const SnappedPoint a = snap(c0);
    SnappedPoint b = snap(c1);
    SnappedPoint c = snap(c2);
    int area = cross(b.x - a.x, b.y - a.y, c.x - a.x, c.y - a.y);
    if (area == 0) {
        return;
    }
    if (area < 0) {
        const SnappedPoint other = b;
        b = c;
        c = other;
        area = -area;
    }
    const int first_column = first_pixel(min(a.x, min(b.x, c.x)));
    const int last_column = last_pixel(max(a.x, max(b.x, c.x)));
    const int first_row = first_pixel(min(a.y, min(b.y, c.y)));
    const int last_row = last_pixel(max(a.y, max(b.y, c.y)));
    for (int row = first_row; row <= last_row; ++row) {
        const int y = subpixels * row - half_extent;
        for (int column = first_column; column <= last_column; ++column) {
            const int x = subpixels * column - half_extent;
            const int e0 = cross(b.x - a.x, b.y - a.y, x - a.x, y - a.y);
            const int e1 = cross(c.x - b.x, c.y - b.y, x - b.x, y - b.y);
            const int e2 = cross(a.x - c.x, a.y - c.y, x - c.x, y - c.y);
            if (!on_side(e0, b.x - a.x, b.y - a.y) || !on_side(e1, c.x - b.x, c.y - b.y) ||
                !on_side(e2, a.x - c.x, a.y - c.y)) {
                continue;
            }
            const double depth = (static_cast<double>(e1) * a.depth + static_cast<double>(e2) * b.depth +
                                  static_cast<double>(e0) * c.depth) /
                                 static_cast<double>(area);
            atomicMin(keys + row * view_side + column, key_of(depth_word(depth), face));
        }
    }
}

__global__ void raster_kernel(ModelArrays model, const float* camera, PixelKey* keys) {
    const int f = item();
    if (f >= model.faces) {
        return;
    }
    const float* points = camera + image_at(3 * static_cast<std::size_t>(model.vertices));
    PixelKey* own = keys + image_at(view_pixels);
    const Triangle t = model.triangles[f];
    const float4 clip[3] = {to_clip(load3(points, t.vertex[0])), to_clip(load3(points, t.vertex[1])),
                            to_clip(load3(points, t.vertex[2]))};
    if (inside_frustum(clip[0]) && inside_frustum(clip[1]) && inside_frustum(clip[2])) {
        draw(clip[0], clip[1], clip[2], f, own);
        return;
    }
    const Polygon polygon = clip_to_frustum(clip);
    if (polygon.size < 3) {
        return;
    }
    const float4 first = corner_of(clip, polygon, 0);
    for (int i = 2; i < polygon.size; ++i) {
        const float4 second = corner_of(clip, polygon, i - 1);
        const float4 third = corner_of(clip, polygon, i);
        if (first.w > 0 && second.w > 0 && third.w > 0) {
            draw(first, second, third, f, own);
        }
    }
}

// One block for each image; each thread has a run of pixels.
__global__ void __launch_bounds__(scan_threads)
    cover_kernel(const PixelKey* keys, std::int32_t* count, std::int32_t* pixels, std::uint8_t* mask,
                 std::int32_t* face) {
    constexpr int run = view_pixels / scan_threads;
    static_assert(run * scan_threads == view_pixels, "whole runs");
    __shared__ int sums[scan_threads];
    const std::size_t at = blockIdx.x * static_cast<std::size_t>(view_pixels);
    const int begin = static_cast<int>(threadIdx.x) * run;
    int covered = 0;
    for (int i = begin; i < begin + run; ++i) {
        const int f = face_of(keys[at + i]);
        covered += f >= 0 ? 1 : 0;
        if (mask != nullptr) {
            mask[at + i] = f >= 0 ? 1 : 0;
        }
        if (face != nullptr) {
            face[at + i] = f;
        }
    }
    int next = scan_before(covered, sums);
    for (int i = begin; i < begin + run; ++i) {
        if (face_of(keys[at + i]) >= 0) {
            pixels[at + next++] = i;
        }
    }
    if (threadIdx.x == scan_threads - 1) {
        count[blockIdx.x] = next;
    }
}

}  // namespace

void rasterise(const ModelArrays& model, const float* camera, int images, PixelKey* keys, Stream stream) {
    cudaMemsetAsync(keys, 0xFF, sizeof(PixelKey) * view_pixels * static_cast<std::size_t>(images), stream);
    raster_kernel<<<grid_of(model.faces, images, 128), 128, 0, stream>>>(model, camera, keys);
}

void list_covered(const PixelKey* keys, int images, std::int32_t* count, std::int32_t* pixels,
                  std::uint8_t* mask, std::int32_t* face, Stream stream) {
    cover_kernel<<<dim3(static_cast<unsigned>(images)), scan_threads, 0, stream>>>(keys, count, pixels, mask,
                                                                                   face);
}

}  // namespace hrn::core::cuda
