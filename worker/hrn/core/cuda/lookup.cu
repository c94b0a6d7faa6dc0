#include "worker/hrn/core/cuda/lookup.hpp"

#include "worker/hrn/core/cuda/block_scan.cuh"
#include "worker/hrn/core/cuda/frustum.cuh"
#include "worker/hrn/core/cuda/raster_key.cuh"

namespace hrn::core::cuda {
namespace {

constexpr int entry_capacity = 4 * view_pixels;

__device__ float area(float2 a, float2 b) {
    return a.x * b.y - a.y * b.x;
}
__device__ float within_unit(float v) {
    return v < 0.0F ? 0.0F : (1.0F < v ? 1.0F : v);
}

// Weights of the first two corners at a pixel centre.
__device__ float2 barycentrics(const float4* clip, int row, int column) {
    const float fx = (2.0F * static_cast<float>(column) + 1.0F) / view_side - 1.0F;
    const float fy = (2.0F * static_cast<float>(row) + 1.0F) / view_side - 1.0F;
    float2 p[3];
    for (int k = 0; k < 3; ++k) {
        p[k] = make_float2(clip[k].x - fx * clip[k].w, clip[k].y - fy * clip[k].w);
    }
    const float a0 = area(p[1], p[2]);
    const float a1 = area(p[2], p[0]);
    const float a2 = area(p[0], p[1]);
    const float reciprocal = 1.0F / (a0 + a1 + a2);
    const float b0 = within_unit(a0 * reciprocal);
    const float b1 = within_unit(a1 * reciprocal);
    const float scale = 1.0F / larger(b0 + b1, 1.0F);
    return make_float2(b0 * scale, b1 * scale);
}

struct Wrapped {
    int first, second;
    float fraction;
};
__device__ Wrapped wrap(float coordinate) {
    const float texel = (coordinate - floorf(coordinate)) * uv_side - 0.5F;
    const float floored = floorf(texel);
    // NaN and the like become texel 0; the caller sees them again in the weights.
    const int i = isfinite(floored) ? static_cast<int>(floored) : 0;
    return {(i + uv_side) % uv_side, (i + 1 + uv_side) % uv_side, texel - floored};
}

__global__ void look_up_kernel(ModelArrays model, const float* camera, const PixelKey* keys, Lookup lookup) {
    const int i = item();
    if (i >= lookup.count[blockIdx.y]) {
        return;
    }
    const float* points = camera + image_at(3 * static_cast<std::size_t>(model.vertices));
    const int pixel = lookup.pixels[image_at(view_pixels) + i];
    const Triangle t = model.triangles[face_of(keys[image_at(view_pixels) + pixel])];
    const float4 clip[3] = {to_clip(load3(points, t.vertex[0])), to_clip(load3(points, t.vertex[1])),
                            to_clip(load3(points, t.vertex[2]))};
    const float2 b = barycentrics(clip, pixel / view_side, pixel % view_side);
    const float third = 1.0F - b.x - b.y;
    float2 uv[3];
    for (int k = 0; k < 3; ++k) {
        uv[k] = make_float2(model.uvs[2 * t.vertex[k]], model.uvs[2 * t.vertex[k] + 1]);
    }
    const Wrapped x = wrap(b.x * uv[0].x + b.y * uv[1].x + third * uv[2].x);
    const Wrapped y = wrap(b.x * (1.0F - uv[0].y) + b.y * (1.0F - uv[1].y) + third * (1.0F - uv[2].y));
    const std::size_t at = image_at(view_pixels) + static_cast<std::size_t>(i);
    reinterpret_cast<int4*>(lookup.texels)[at] =
        make_int4(y.first * uv_side + x.first, y.first * uv_side + x.second, y.second * uv_side + x.first,
                  y.second * uv_side + x.second);
    reinterpret_cast<float4*>(lookup.weights)[at] =
        make_float4((1 - x.fraction) * (1 - y.fraction), x.fraction * (1 - y.fraction),
                    (1 - x.fraction) * y.fraction, x.fraction * y.fraction);
}

// A place is an entry before it has one: 4 * pixel + tap.
__global__ void count_kernel(Lookup lookup) {
    const int place = item();
    if (place < 4 * lookup.count[blockIdx.y]) {
        const int texel = lookup.texels[image_at(entry_capacity) + place];
        atomicAdd(lookup.first + image_at(uv_texels + 1) + texel, 1);
    }
}

__global__ void count_rows_kernel(Lookup lookup) {
    const int i = item();
    if (i < lookup.count[blockIdx.y]) {
        const int texel = lookup.texels[image_at(entry_capacity) + 4 * static_cast<std::size_t>(i)];
        atomicAdd(lookup.row_first + image_at(uv_side + 1) + texel / uv_side, 1);
    }
}

// Counts become offsets, `Count` of them for each image, and copies of them. One block for each image; each
// thread has a run of them.
template <int Count>
__global__ void __launch_bounds__(scan_threads) offset_kernel(std::int32_t* counts, std::int32_t* copies) {
    constexpr int run = (Count + scan_threads - 1) / scan_threads;
    __shared__ int sums[scan_threads];
    std::int32_t* first = counts + blockIdx.x * static_cast<std::size_t>(Count + 1);
    std::int32_t* cursor = copies + blockIdx.x * static_cast<std::size_t>(Count);
    const int begin = static_cast<int>(threadIdx.x) * run;
    int sum = 0;
    for (int t = begin; t < begin + run && t < Count; ++t) {
        sum += first[t];
    }
    int next = scan_before(sum, sums);
    for (int t = begin; t < begin + run && t < Count; ++t) {
        const int own = first[t];
        first[t] = next;
        cursor[t] = next;
        next += own;
    }
    if (threadIdx.x == scan_threads - 1) {
        first[Count] = next;
    }
}

__global__ void rank_kernel(Lookup lookup) {
    const int i = item();
    if (i < lookup.count[blockIdx.y]) {
        const int texel = lookup.texels[image_at(entry_capacity) + 4 * static_cast<std::size_t>(i)];
        const int rank = atomicAdd(lookup.row_cursor + image_at(uv_side) + texel / uv_side, 1);
        lookup.ranked[image_at(view_pixels) + rank] = i;
        lookup.rank[image_at(view_pixels) + i] = rank;
    }
}

__global__ void fill_kernel(Lookup lookup) {
    const int place = item();
    if (place < 4 * lookup.count[blockIdx.y]) {
        const int texel = lookup.texels[image_at(entry_capacity) + place];
        const int slot = atomicAdd(lookup.cursor + image_at(uv_texels) + texel, 1);
        lookup.places[image_at(entry_capacity) + slot] = static_cast<std::uint32_t>(place);
    }
}

__device__ void insertion_sort(std::uint32_t* list, int size) {
    for (int i = 1; i < size; ++i) {
        const std::uint32_t own = list[i];
        int j = i;
        for (; j > 0 && list[j - 1] > own; --j) {
            list[j] = list[j - 1];
        }
        list[j] = own;
    }
}

__device__ void sift_down(std::uint32_t* heap, int at, int size) {
    const std::uint32_t own = heap[at];
    for (int child = 2 * at + 1; child < size; child = 2 * at + 1) {
        if (child + 1 < size && heap[child + 1] > heap[child]) {
            ++child;
        }
        if (heap[child] <= own) {
            break;
        }
        heap[at] = heap[child];
        at = child;
    }
    heap[at] = own;
}

__device__ void heap_sort(std::uint32_t* list, int size) {
    for (int at = size / 2 - 1; at >= 0; --at) {
        sift_down(list, at, size);
    }
    for (int last = size - 1; last > 0; --last) {
        const std::uint32_t largest = list[0];
        list[0] = list[last];
        list[last] = largest;
        sift_down(list, 0, last);
    }
}

// A texel has two entries on average; only a wildly enlarged face gives it thousands.
__global__ void sort_kernel(Lookup lookup) {
    const int texel = item();
    const std::int32_t* first = lookup.first + image_at(uv_texels + 1);
    const int begin = first[texel];
    const int size = first[texel + 1] - begin;
    std::uint32_t* list = lookup.places + image_at(entry_capacity) + begin;
    if (size > 32) {
        heap_sort(list, size);
    } else {
        insertion_sort(list, size);
    }
    const float* weights = lookup.weights + image_at(entry_capacity);
    const std::int32_t* rank = lookup.rank + image_at(view_pixels);
    TexelEntry* entries = lookup.entries + image_at(entry_capacity) + begin;
    for (int i = 0; i < size; ++i) {
        entries[i] = {rank[list[i] / 4], weights[list[i]]};
    }
}

}  // namespace

void look_up(const ModelArrays& model, const float* camera, const PixelKey* keys, int images,
             const Lookup& lookup, Stream stream) {
    look_up_kernel<<<grid_of(view_pixels, images), block_threads, 0, stream>>>(model, camera, keys, lookup);
}

void transpose(int images, const Lookup& lookup, Stream stream) {
    const auto batch = static_cast<std::size_t>(images);
    const dim3 one_each(static_cast<unsigned>(images));
    cudaMemsetAsync(lookup.row_first, 0, sizeof(std::int32_t) * (uv_side + 1) * batch, stream);
    cudaMemsetAsync(lookup.first, 0, sizeof(std::int32_t) * (uv_texels + 1) * batch, stream);
    count_rows_kernel<<<grid_of(view_pixels, images), block_threads, 0, stream>>>(lookup);
    offset_kernel<uv_side><<<one_each, scan_threads, 0, stream>>>(lookup.row_first, lookup.row_cursor);
    rank_kernel<<<grid_of(view_pixels, images), block_threads, 0, stream>>>(lookup);
    count_kernel<<<grid_of(entry_capacity, images), block_threads, 0, stream>>>(lookup);
    offset_kernel<uv_texels><<<one_each, scan_threads, 0, stream>>>(lookup.first, lookup.cursor);
    fill_kernel<<<grid_of(entry_capacity, images), block_threads, 0, stream>>>(lookup);
    sort_kernel<<<grid_of(uv_texels, images), block_threads, 0, stream>>>(lookup);
}

}  // namespace hrn::core::cuda
