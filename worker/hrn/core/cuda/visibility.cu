#include "worker/hrn/core/cuda/kernel_tools.cuh"
#include "worker/hrn/core/cuda/visibility.hpp"

namespace hrn::core::cuda {
namespace {

// As in output/camera.hpp, output/visibility.cpp and output/quality.cpp.
constexpr float camera_focal = 1015;
constexpr float camera_centre = 112;
constexpr float camera_distance = 10;
constexpr float camera_near = 0.1F;
constexpr float enlarge = depth_side / 224.0F;
constexpr float depth_tolerance = 0.03F;
constexpr float min_seen_cosine = 0.2588F;
constexpr std::uint8_t min_mask = 128;

constexpr unsigned infinity_bits = 0x7F800000U;

// x, y in pixels of the depth map, z: the distance from the camera.
__device__ float3 on_screen(float3 p) {
    const float depth = camera_distance - p.z;
    return make_float3((camera_centre + camera_focal * p.x / depth) * enlarge,
                       (camera_centre - camera_focal * p.y / depth) * enlarge, depth);
}

__device__ bool drawable(float3 v) {
    return finite3(v) && v.z >= camera_near;
}

struct PixelRange {
    int begin, end;
};
__device__ PixelRange pixels_between(float low, float high) {
    constexpr float limit = depth_side;
    const float first = fminf(fmaxf(ceilf(low - 0.5F), 0.0F), limit);
    const float last = fminf(fmaxf(floorf(high - 0.5F) + 1.0F, 0.0F), limit);
    return {static_cast<int>(first), static_cast<int>(last)};
}

__device__ void draw(float3 a, float3 b, float3 c, unsigned* depths) {
    const PixelRange rows = pixels_between(fminf(a.y, fminf(b.y, c.y)), fmaxf(a.y, fmaxf(b.y, c.y)));
    const PixelRange columns = pixels_between(fminf(a.x, fminf(b.x, c.x)), fmaxf(a.x, fmaxf(b.x, c.x)));
    if (rows.begin >= rows.end || columns.begin >= columns.end) {
        return;
    }
    const float area = (b.x - a.x) * (c.y - a.y) - (b.y - a.y) * (c.x - a.x);
    if (area == 0 || !isfinite(area)) {
        return;
    }
    const float inverse_area = 1.0F / area;
    const float near_a = 1.0F / a.z;
    const float near_b = 1.0F / b.z;
    const float near_c = 1.0F / c.z;
    for (int row = rows.begin; row < rows.end; ++row) {
        const float y = static_cast<float>(row) + 0.5F;
        for (int column = columns.begin; column < columns.end; ++column) {
            const float x = static_cast<float>(column) + 0.5F;
            const float wa = ((b.x - x) * (c.y - y) - (b.y - y) * (c.x - x)) * inverse_area;
            const float wb = ((c.x - x) * (a.y - y) - (c.y - y) * (a.x - x)) * inverse_area;
            const float wc = 1.0F - wa - wb;
            if (wa >= 0 && wb >= 0 && wc >= 0) {
                const float near = wa * near_a + wb * near_b + wc * near_c;
                // Depths are positive: they are ordered as their bits are, and the least of them does not
                // depend on who comes first.
                atomicMin(depths + row * depth_side + column, __float_as_uint(1.0F / near));
            }
        }
    }
}

__global__ void clear_depths(unsigned* depths) {
    const int pixel = item();
    if (pixel < depth_pixels) {
        depths[image_at(depth_pixels) + pixel] = infinity_bits;
    }
}

__global__ void draw_depths(ModelArrays model, const float* vertices, unsigned* depths) {
    const int face = item();
    if (face >= model.faces) {
        return;
    }
    const float* own = vertices + image_at(3 * static_cast<std::size_t>(model.vertices));
    const Triangle triangle = model.triangles[face];
    const float3 a = on_screen(load3(own, triangle.vertex[0]));
    const float3 b = on_screen(load3(own, triangle.vertex[1]));
    const float3 c = on_screen(load3(own, triangle.vertex[2]));
    if (drawable(a) && drawable(b) && drawable(c)) {
        draw(a, b, c, depths + image_at(depth_pixels));
    }
}

__global__ void look(ModelArrays model, const float* vertices, const float* normals, const std::uint8_t* mask,
                     const unsigned* depths, std::uint8_t* seen) {
    const int vertex = item();
    if (vertex >= model.vertices) {
        return;
    }
    const std::size_t numbers = 3 * static_cast<std::size_t>(model.vertices);
    const float3 p = load3(vertices + image_at(numbers), vertex);
    const float3 n = load3(normals + image_at(numbers), vertex);
    const float3 v = on_screen(p);
    bool found = v.z >= camera_near && v.x >= 0 && v.y >= 0 && v.x < depth_side && v.y < depth_side;
    if (found) {
        const int pixel = static_cast<int>(v.y) * depth_side + static_cast<int>(v.x);
        const float nearest = __uint_as_float(depths[image_at(depth_pixels) + pixel]);
        const float dx = -p.x;
        const float dy = -p.y;
        const float dz = camera_distance - p.z;
        const float cosine = (n.x * dx + n.y * dy + n.z * dz) / sqrtf(dx * dx + dy * dy + dz * dz);
        const int column = static_cast<int>(camera_centre + camera_focal * p.x / v.z);
        const int row = static_cast<int>(camera_centre - camera_focal * p.y / v.z);
        found = !(v.z > nearest + depth_tolerance) && cosine >= min_seen_cosine &&
                mask[image_at(view_pixels) + row * view_side + column] >= min_mask;
    }
    seen[image_at(model.vertices) + vertex] = found ? 1 : 0;
}

}  // namespace

void find_seen(const ModelArrays& model, const float* vertices, const float* normals,
               const std::uint8_t* mask, int images, unsigned* depths, std::uint8_t* seen, Stream stream) {
    clear_depths<<<grid_of(depth_pixels, images), block_threads, 0, stream>>>(depths);
    draw_depths<<<grid_of(model.faces, images), block_threads, 0, stream>>>(model, vertices, depths);
    look<<<grid_of(model.vertices, images), block_threads, 0, stream>>>(model, vertices, normals, mask,
                                                                        depths, seen);
}

}  // namespace hrn::core::cuda
