#include "worker/hrn/core/cuda/texture_fit.hpp"

#include "worker/hrn/core/cuda/kernel_tools.cuh"

namespace hrn::core::cuda {
namespace {

constexpr int fit_threads = 1024;
constexpr float photo_weight = 1.92F;
constexpr float softening = 1e-6F;
constexpr float epsilon = 1e-8F;
constexpr float beta1 = static_cast<float>(0.9);
constexpr float beta2 = static_cast<float>(0.999);
constexpr float rest1 = static_cast<float>(1.0 - 0.9);
constexpr float rest2 = static_cast<float>(1.0 - 0.999);
// Weight 10, twice, of differences squared (hence another 2) over 3 * 255 * 256 of them.
constexpr float smooth_weight = static_cast<float>(4.0 * 10.0 / 195840.0);

__device__ float3 xyz(float4 v) {
    return make_float3(v.x, v.y, v.z);
}
__device__ float4 padded(float3 v) {
    return make_float4(v.x, v.y, v.z, 0);
}

__global__ void difference_kernel(Lookup lookup, const float* texture, const std::uint8_t* target,
                                  float4* difference) {
    const int i = item();
    if (i >= lookup.count[blockIdx.y]) {
        return;
    }
    const std::size_t at = image_at(view_pixels) + static_cast<std::size_t>(i);
    const int4 t = reinterpret_cast<const int4*>(lookup.texels)[at];
    const float4 w = reinterpret_cast<const float4*>(lookup.weights)[at];
    const float* own = texture + image_at(3 * uv_texels);
    float3 sum = make_float3(0, 0, 0);
    sum = sum + load3(own, t.x) * w.x;
    sum = sum + load3(own, t.y) * w.y;
    sum = sum + load3(own, t.z) * w.z;
    sum = sum + load3(own, t.w) * w.w;
    const std::uint8_t* seen = target + image_at(3 * view_pixels) + 3 * lookup.pixels[at];
    difference[at] = padded(sum - make_float3(unit(seen[0]), unit(seen[1]), unit(seen[2])));
}

// What one image's blocks work on.
struct Fitting {
    int count;  // pixels
    const int4* texels;
    const float4* weights;
    const float4* constant;
    const std::int32_t* first;
    const TexelEntry* entries;
    float4* gradient;
    float4* offset;
    float* losses;  // of this step, or null
};

// Written by other blocks meanwhile: read past the first-level cache, which does not hear of it.
__device__ float4 fresh(const float4* p) {
    return __ldcg(p);
}

// The photo term's gradient with respect to each pixel's colour.
__device__ void find_residuals(const Fitting& fit, int strip, int strips) {
    const float scale = photo_weight / static_cast<float>(fit.count > 1 ? fit.count : 1);
    for (int i = strip * fit_threads + static_cast<int>(threadIdx.x); i < fit.count;
         i += strips * fit_threads) {
        const int4 t = fit.texels[i];
        const float4 w = fit.weights[i];
        const float4 o0 = fresh(fit.offset + t.x);
        const float4 o1 = fresh(fit.offset + t.y);
        const float4 o2 = fresh(fit.offset + t.z);
        const float4 o3 = fresh(fit.offset + t.w);
        float3 sum = make_float3(0, 0, 0);
        sum = sum + xyz(o0) * w.x;
        sum = sum + xyz(o1) * w.y;
        sum = sum + xyz(o2) * w.z;
        sum = sum + xyz(o3) * w.w;
        const float3 r = xyz(fit.constant[i]) + sum;
        const float loss = sqrtf(softening + (r.x * r.x + r.y * r.y + r.z * r.z));
        __stcg(fit.gradient + i, padded(r * (scale / loss)));
        if (fit.losses != nullptr) {
            fit.losses[i] = loss;
        }
    }
}

// Wt g at one texel, pixel by pixel.
__device__ float3 gathered(const Fitting& fit, int texel) {
    float3 sum = make_float3(0, 0, 0);
    const int end = fit.first[texel + 1];
    for (int e = fit.first[texel]; e < end; ++e) {
        const TexelEntry entry = fit.entries[e];
        sum = sum + xyz(fresh(fit.gradient + entry.pixel)) * entry.weight;
    }
    return sum;
}

// The blocks of one image meet. `meetings` counts them, also over the images that follow.
__device__ void meet(unsigned* arrived, unsigned strips, unsigned& meetings) {
    ++meetings;
    __syncthreads();
    if (threadIdx.x == 0) {
        __threadfence();
        atomicAdd(arrived, 1U);
        while (*static_cast<volatile unsigned*>(arrived) < meetings * strips) {
        }
        __threadfence();
    }
    __syncthreads();
}

// The part of the image that a block owns: Rows rows for each thread of a column, four threads a column.
// Offsets lie in shared memory, channel by channel, with the row above and the row below.
template <int Rows>
struct Strip {
    static constexpr int rows = 4 * Rows;
    static constexpr int strips = uv_side / rows;
    static constexpr int plane = (rows + 2) * uv_side;
    static constexpr std::size_t bytes = 3 * plane * sizeof(float);
};

extern __shared__ float shared_offset[];

// The neighbouring strips' rows, as they left them in memory.
template <int Rows>
__device__ void fetch_neighbours(const Fitting& fit, int strip, float* own) {
    using S = Strip<Rows>;
    const int thread = static_cast<int>(threadIdx.x);
    const bool above = thread < uv_side;
    const int row = above ? strip * S::rows - 1 : (strip + 1) * S::rows;
    if (thread < 2 * uv_side && row >= 0 && row < uv_side) {
        const int column = thread % uv_side;
        const float4 o = fresh(fit.offset + row * uv_side + column);
        float* to = own + (above ? 0 : S::rows + 1) * uv_side + column;
        to[0] = o.x;
        to[S::plane] = o.y;
        to[2 * S::plane] = o.z;
    }
    __syncthreads();
}

// One Adam step of this thread's texels. momentum and variance: 3 numbers for each of them.
template <int Rows>
__device__ void update_texels(const Fitting& fit, int strip, float size, float variance_scale, float* own,
                              float (&momentum)[Rows][3], float (&variance)[Rows][3]) {
    using S = Strip<Rows>;
    const int column = static_cast<int>(threadIdx.x) % uv_side;
    const int row0 = static_cast<int>(threadIdx.x) / uv_side * Rows;
    float next[Rows][3];
#pragma unroll
    for (int j = 0; j < Rows; ++j) {
        const int row = strip * S::rows + row0 + j;
        const float3 sum = gathered(fit, row * uv_side + column);
        const float photo[3] = {sum.x, sum.y, sum.z};
#pragma unroll
        for (int ch = 0; ch < 3; ++ch) {
            const float* at = own + ch * S::plane + (row0 + j + 1) * uv_side + column;
            const float value = at[0];
            // A neighbour that does not exist differs by 0.
            const float above = row > 0 ? at[-uv_side] : value;
            const float below = row + 1 < uv_side ? at[uv_side] : value;
            const float left = column > 0 ? at[-1] : value;
            const float right = column + 1 < uv_side ? at[1] : value;
            const float g = photo[ch] + smooth_weight * ((value - above) + (value - below) +
                                                         ((value - left) + (value - right)));
            next[j][ch] = value;
            // A texel that never got a gradient stays as it is.
            if (g != 0 || momentum[j][ch] != 0 || variance[j][ch] != 0) {
                const float m = beta1 * momentum[j][ch] + rest1 * g;
                const float v = beta2 * variance[j][ch] + rest2 * g * g;
                momentum[j][ch] = m;
                variance[j][ch] = v;
                next[j][ch] = value - size * (m / (sqrtf(v) / variance_scale + epsilon));
            }
        }
    }
    __syncthreads();  // all have read their neighbours
#pragma unroll
    for (int j = 0; j < Rows; ++j) {
        float* at = own + (row0 + j + 1) * uv_side + column;
        at[0] = next[j][0];
        at[S::plane] = next[j][1];
        at[2 * S::plane] = next[j][2];
        __stcg(fit.offset + (strip * S::rows + row0 + j) * uv_side + column,
               make_float4(next[j][0], next[j][1], next[j][2], 0));
    }
}

template <int Rows>
__device__ void clear_offset(const Fitting& fit, int strip, float* own) {
    using S = Strip<Rows>;
    for (int i = static_cast<int>(threadIdx.x); i < 3 * S::plane; i += fit_threads) {
        own[i] = 0;
    }
    for (int i = static_cast<int>(threadIdx.x); i < S::rows * uv_side; i += fit_threads) {
        __stcg(fit.offset + strip * S::rows * uv_side + i, make_float4(0, 0, 0, 0));
    }
}

template <int Rows>
__device__ void write_texture(int strip, const float* own, const float* start, float* texture,
                              float* last_offset) {
    using S = Strip<Rows>;
    const int begin = 3 * strip * S::rows * uv_side;
    for (int i = static_cast<int>(threadIdx.x); i < 3 * S::rows * uv_side; i += fit_threads) {
        const float offset = own[i % 3 * S::plane + uv_side + i / 3];
        texture[begin + i] = start[begin + i] + offset;
        if (last_offset != nullptr) {
            last_offset[begin + i] = offset;
        }
    }
}

// x: strips; y: slots. A slot's blocks fit one image after the other.
template <int Rows>
__global__ void __launch_bounds__(fit_threads, 1)
    fit_kernel(FitArrays arrays, FitSchedule schedule, int steps, int images) {
    using S = Strip<Rows>;
    float* own = shared_offset;
    const int strip = static_cast<int>(blockIdx.x);
    const std::size_t slot = blockIdx.y;
    unsigned meetings = 0;
    for (std::size_t image = slot; image < static_cast<std::size_t>(images); image += gridDim.y) {
        Fitting fit{arrays.lookup.count[image],
                    reinterpret_cast<const int4*>(arrays.lookup.texels) + image * view_pixels,
                    reinterpret_cast<const float4*>(arrays.lookup.weights) + image * view_pixels,
                    reinterpret_cast<const float4*>(arrays.constant) + image * view_pixels,
                    arrays.lookup.first + image * (uv_texels + 1),
                    arrays.lookup.entries + image * 4 * view_pixels,
                    reinterpret_cast<float4*>(arrays.gradient) + slot * view_pixels,
                    reinterpret_cast<float4*>(arrays.offset) + slot * uv_texels,
                    nullptr};
        float momentum[Rows][3] = {};
        float variance[Rows][3] = {};
        clear_offset<Rows>(fit, strip, own);
        meet(arrays.arrived + slot, S::strips, meetings);
        for (int step = 0; step < steps; ++step) {
            if (arrays.losses != nullptr) {
                fit.losses = arrays.losses + (image * fit_steps + step) * view_pixels;
            }
            find_residuals(fit, strip, S::strips);
            meet(arrays.arrived + slot, S::strips, meetings);
            fetch_neighbours<Rows>(fit, strip, own);
            update_texels<Rows>(fit, strip, schedule.size[step], schedule.variance_scale[step], own, momentum,
                                variance);
            meet(arrays.arrived + slot, S::strips, meetings);
        }
        const std::size_t at = image * 3 * uv_texels;
        write_texture<Rows>(strip, own, arrays.start + at, arrays.texture + at,
                            arrays.last_offset != nullptr ? arrays.last_offset + at : nullptr);
        __syncthreads();  // before the next image clears what was just read
    }
}

template <int Rows>
FitPlan plan_with() {
    using S = Strip<Rows>;
    int device = 0;
    int multiprocessors = 0;
    int blocks = 0;
    const auto kernel = fit_kernel<Rows>;
    if (cudaGetDevice(&device) != cudaSuccess ||
        cudaDeviceGetAttribute(&multiprocessors, cudaDevAttrMultiProcessorCount, device) != cudaSuccess ||
        cudaFuncSetAttribute(kernel, cudaFuncAttributeMaxDynamicSharedMemorySize,
                             static_cast<int>(S::bytes)) != cudaSuccess ||
        cudaOccupancyMaxActiveBlocksPerMultiprocessor(&blocks, kernel, fit_threads, S::bytes) !=
            cudaSuccess) {
        return {};
    }
    const int slots = blocks * multiprocessors / S::strips;
    return slots > 0 ? FitPlan{S::strips, slots} : FitPlan{};
}

template <int Rows>
void launch(const FitArrays& arrays, const FitPlan& plan, const FitSchedule& schedule, int steps, int images,
            Stream stream) {
    using S = Strip<Rows>;
    const int slots = images < plan.slots ? images : plan.slots;
    FitArrays own_arrays = arrays;
    FitSchedule own_schedule = schedule;
    void* arguments[] = {&own_arrays, &own_schedule, &steps, &images};
    cudaLaunchCooperativeKernel(reinterpret_cast<const void*>(fit_kernel<Rows>), dim3(S::strips, slots),
                                dim3(fit_threads), arguments, S::bytes, stream);
}

}  // namespace

FitPlan plan_fit(int strips) {
    FitPlan plan;
    if (strips == 0 || strips == Strip<4>::strips) {
        plan = plan_with<4>();
    }
    if (plan.slots == 0 && (strips == 0 || strips == Strip<8>::strips)) {
        plan = plan_with<8>();
    }
    static_cast<void>(cudaGetLastError());  // what the device cannot hold is an answer, not an error
    return plan;
}

void render_difference(const Lookup& lookup, const float* texture, const std::uint8_t* target, int images,
                       float* difference, Stream stream) {
    difference_kernel<<<grid_of(view_pixels, images), block_threads, 0, stream>>>(
        lookup, texture, target, reinterpret_cast<float4*>(difference));
}

void fit_textures(const FitArrays& arrays, const FitPlan& plan, const FitSchedule& schedule, int steps,
                  int images, Stream stream) {
    render_difference(arrays.lookup, arrays.start, arrays.target, images, arrays.constant, stream);
    cudaMemsetAsync(arrays.arrived, 0, sizeof(unsigned) * static_cast<std::size_t>(plan.slots), stream);
    if (plan.strips == Strip<4>::strips) {
        launch<4>(arrays, plan, schedule, steps, images, stream);
    } else {
        launch<8>(arrays, plan, schedule, steps, images, stream);
    }
}

}  // namespace hrn::core::cuda
