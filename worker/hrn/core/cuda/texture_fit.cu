#include "worker/hrn/core/cuda/texture_fit.hpp"

#include "worker/hrn/core/cuda/fit_strips.cuh"
#include "worker/hrn/core/cuda/kernel_tools.cuh"

namespace hrn::core::cuda {
namespace {

constexpr int fit_threads = 1024;
constexpr int wanted_shared_pixels = 4800;  // the rest of the memory caches the constants
constexpr float photo_weight = 1.92F;
constexpr float softening = 1e-6F;
constexpr float epsilon = 1e-8F;
constexpr float beta1 = static_cast<float>(0.9);
constexpr float beta2 = static_cast<float>(0.999);
constexpr float rest1 = static_cast<float>(1.0 - 0.9);
constexpr float rest2 = static_cast<float>(1.0 - 0.999);
// Weight 10, twice, of differences squared (hence another 2) over 3 * 255 * 256 of them.
constexpr float smooth_weight = static_cast<float>(4.0 * 10.0 / 195840.0);

// W C - target at the i-th covered pixel of this block's image.
__device__ float3 difference_at(const Lookup& lookup, const float* texture, const std::uint8_t* target,
                                int i) {
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
    return sum - make_float3(unit(seen[0]), unit(seen[1]), unit(seen[2]));
}

__global__ void difference_kernel(Lookup lookup, const float* texture, const std::uint8_t* target,
                                  float4* difference) {
    const int i = item();
    if (i < lookup.count[blockIdx.y]) {
        const float3 d = difference_at(lookup, texture, target, i);
        difference[image_at(view_pixels) + i] = make_float4(d.x, d.y, d.z, 0);
    }
}

// The pixels in the order of their ranks.
__global__ void prepare_kernel(FitArrays arrays) {
    const int rank = item();
    if (rank >= arrays.lookup.count[blockIdx.y]) {
        return;
    }
    const std::size_t at = image_at(view_pixels);
    const int i = arrays.lookup.ranked[at + rank];
    const float3 d = difference_at(arrays.lookup, arrays.start, arrays.target, i);
    const float* w = arrays.lookup.weights + 4 * (at + i);
    arrays.pixels[at + rank] = {
        {w[0], w[1], w[2], w[3]}, {d.x, d.y, d.z}, arrays.lookup.texels[4 * (at + i)]};
}

// What a block works on: its strip of one image. Its pixels, the seam's and its own, are counted from 0 in
// the order of their ranks. The seam of the first strip is the texture's last row: there, and only there,
// ranks have a gap.
struct Fitting {
    int strip;
    int count;                   // covered pixels of the image
    int first_rank;              // of the pixel 0
    int gap_at, gap;             // from the pixel gap_at on, ranks are larger by gap
    int seam_begin, seam_end;    // pixels that show this strip's first row and the one above
    int inner_begin, inner_end;  // pixels that show rows of this strip only
    int last_begin, last_end;    // pixels that show this strip's last row and the one below
    const FitPixel* pixels;
    const std::int32_t* ranked;
    const std::int32_t* first;
    const TexelEntry* entries;
    float4* far_gradient;  // where shared memory has no room
    float* losses;         // of this step, or null
};

__device__ float4 as_float4(const float* p) {
    return *reinterpret_cast<const float4*>(p);
}

// The photo term's gradient with respect to the colour of the pixels begin .. end.
template <int Rows>
__device__ void find_residuals(const Fitting& fit, int begin, int end, const float* own, float4* gradient) {
    using S = Strip<Rows>;
    const float scale = photo_weight / static_cast<float>(fit.count > 1 ? fit.count : 1);
    for (int p = begin + static_cast<int>(threadIdx.x); p < end; p += fit_threads) {
        const bool seam = p >= fit.seam_begin && p < fit.seam_end;
        const int rank = fit.first_rank + p + (p >= fit.gap_at ? fit.gap : 0);
        const FitPixel* pixel = fit.pixels + rank;
        const float4 w = as_float4(pixel->weight);
        const float4 rest = as_float4(pixel->constant);
        const int texel = __float_as_int(rest.w);
        const int upper = seam ? 0 : (texel / uv_side - fit.strip * S::rows + 1) * uv_side;
        const int column = texel % uv_side;
        const int next = (column + 1) % uv_side;
        float r[3];
        const float constant[3] = {rest.x, rest.y, rest.z};
#pragma unroll
        for (int ch = 0; ch < 3; ++ch) {
            const float* o = own + ch * S::plane + upper;
            float sum = 0;
            sum = sum + o[column] * w.x;
            sum = sum + o[next] * w.y;
            sum = sum + o[uv_side + column] * w.z;
            sum = sum + o[uv_side + next] * w.w;
            r[ch] = constant[ch] + sum;
        }
        const float loss = sqrtf(softening + (r[0] * r[0] + r[1] * r[1] + r[2] * r[2]));
        const float size = scale / loss;
        gradient[p] = make_float4(r[0] * size, r[1] * size, r[2] * size, 0);
        if (fit.losses != nullptr && !seam) {
            fit.losses[fit.ranked[rank]] = loss;
        }
    }
}

// Wt g at the texel with these entries, pixel by pixel.
__device__ float3 gathered(const Fitting& fit, const float4* gradient, int begin, int end) {
    float3 sum = make_float3(0, 0, 0);
#pragma unroll 4
    for (int e = begin; e < end; ++e) {
        const TexelEntry entry = fit.entries[e];
        int p = entry.rank - fit.first_rank;
        if (p >= fit.gap_at) {
            p -= fit.gap;
        }
        const float4 g = gradient[p];
        sum = sum + make_float3(g.x, g.y, g.z) * entry.weight;
    }
    return sum;
}

// a / b, rounded as by the division itself, for an `a` that is a square root and the float nearest to 1 / b:
// two corrections by exact remainders. Neither can be too small for that.
__device__ float quotient(float a, float b, float reciprocal) {
    float q = a * reciprocal;
    q = fmaf(fmaf(-q, b, a), reciprocal, q);
    return fmaf(fmaf(-q, b, a), reciprocal, q);
}

// One Adam step of this thread's texels. momentum and variance: 3 numbers for each of them.
template <int Rows>
__device__ void update_texels(const Fitting& fit, const float4* gradient, const Neighbours<Rows>& neighbours,
                              unsigned version, float size, float variance_scale, float* own,
                              float (&momentum)[Rows][3], float (&variance)[Rows][3]) {
    using S = Strip<Rows>;
    const int column = static_cast<int>(threadIdx.x) % uv_side;
    const int row0 = static_cast<int>(threadIdx.x) / uv_side * Rows;
    const int first_row = fit.strip * S::rows + row0;
    // A neighbour that does not exist is the texel itself: it differs by 0.
    const int left = column > 0 ? -1 : 0;
    const int right = column + 1 < uv_side ? 1 : 0;
    const float reciprocal = 1.0F / variance_scale;
    float next[Rows][3];
    int begin[Rows];
    int end[Rows];
#pragma unroll
    for (int j = 0; j < Rows; ++j) {
        const std::int32_t* first = fit.first + (first_row + j) * uv_side + column;
        begin[j] = first[0];
        end[j] = first[1];
    }
#pragma unroll
    for (int j = 0; j < Rows; ++j) {
        const int row = first_row + j;
        const int up = j > 0 || row > 0 ? -uv_side : 0;
        const int down = j + 1 < Rows || row + 1 < uv_side ? uv_side : 0;
        const float3 sum = gathered(fit, gradient, begin[j], end[j]);
        float g[3] = {sum.x, sum.y, sum.z};
        bool still = true;
#pragma unroll
        for (int ch = 0; ch < 3; ++ch) {
            const float* at = own + ch * S::plane + (row0 + j + 1) * uv_side + column;
            const float value = at[0];
            next[j][ch] = value;
            g[ch] = g[ch] + smooth_weight * ((value - at[up]) + (value - at[down]) +
                                             ((value - at[left]) + (value - at[right])));
            still = still && g[ch] == 0 && momentum[j][ch] == 0 && variance[j][ch] == 0;
        }
        // A texel that never got a gradient stays as it is.
        if (!still) {
#pragma unroll
            for (int ch = 0; ch < 3; ++ch) {
                const float m = beta1 * momentum[j][ch] + rest1 * g[ch];
                const float v = beta2 * variance[j][ch] + rest2 * g[ch] * g[ch];
                momentum[j][ch] = m;
                variance[j][ch] = v;
                next[j][ch] =
                    next[j][ch] - size * (m / (quotient(sqrtf(v), variance_scale, reciprocal) + epsilon));
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
        const int row = row0 + j;
        if (row == 0 || row == S::rows - 1) {
            __stcg(neighbours.seam(fit.strip, version, row != 0) + column,
                   make_float4(next[j][0], next[j][1], next[j][2], 0));
        }
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

template <int Rows>
__device__ Fitting fitting_of(const FitArrays& arrays, std::size_t image, std::size_t slot, int strip) {
    using S = Strip<Rows>;
    const std::int32_t* rows = arrays.lookup.row_first + image * (uv_side + 1);
    const int own_first = rows[strip * S::rows];
    const int own_last = rows[(strip + 1) * S::rows - 1];
    const int own_end = rows[(strip + 1) * S::rows];
    const int seam_row = (strip * S::rows + uv_side - 1) % uv_side;
    const int seam_first = rows[seam_row];
    const int seam_count = rows[seam_row + 1] - seam_first;
    const int count = arrays.lookup.count[image];
    // The strip above has its pixels, of which the seam's are a part, before these; the first strip comes
    // last.
    const int far_begin = rows[Neighbours<Rows>::above(strip) * S::rows] + (strip > 0 ? own_first : count);
    Fitting fit{};
    fit.strip = strip;
    fit.count = count;
    fit.pixels = arrays.pixels + image * view_pixels;
    fit.ranked = arrays.lookup.ranked + image * view_pixels;
    fit.first = arrays.lookup.first + image * (uv_texels + 1);
    fit.entries = arrays.lookup.entries + image * 4 * view_pixels;
    fit.far_gradient = reinterpret_cast<float4*>(arrays.gradients) + slot * 3 * view_pixels + far_begin;
    const int before =
        strip > 0 ? seam_count : 0;  // the seam's pixels come first, but in the first strip last
    fit.first_rank = own_first - before;
    fit.inner_begin = before;
    fit.inner_end = fit.last_begin = before + own_last - own_first;
    fit.last_end = before + own_end - own_first;
    fit.seam_begin = strip > 0 ? 0 : fit.last_end;
    fit.seam_end = fit.seam_begin + seam_count;
    fit.gap_at = strip > 0 ? view_pixels : fit.last_end;
    fit.gap = strip > 0 ? 0 : seam_first - own_end;
    return fit;
}

// One step: all threads of the block.
template <int Rows>
__device__ void make_step(const Fitting& fit, float4* gradient, const Neighbours<Rows>& neighbours,
                          unsigned version, int step, float size, float variance_scale, float* own,
                          float (&momentum)[Rows][3], float (&variance)[Rows][3]) {
    // Most pixels need no neighbour: by the time that they are done, the neighbours are too.
    find_residuals<Rows>(fit, fit.inner_begin, fit.inner_end, own, gradient);
    // Whoever has done as much has also read what is overwritten below.
    neighbours.await(fit.strip, version - 1);
    if (step > 0) {
        neighbours.fetch(fit.strip, version - 1, own);
    }
    find_residuals<Rows>(fit, fit.seam_begin, fit.seam_end, own, gradient);
    find_residuals<Rows>(fit, fit.last_begin, fit.last_end, own, gradient);
    __syncthreads();
    update_texels<Rows>(fit, gradient, neighbours, version, size, variance_scale, own, momentum, variance);
    neighbours.tell(fit.strip, version);
}

extern __shared__ float4 fit_memory[];

// x: strips; y: slots. A slot's blocks fit one image after the other.
template <int Rows>
__global__ void __launch_bounds__(fit_threads, 1)
    fit_kernel(FitArrays arrays, FitSchedule schedule, int steps, int images, int shared_pixels) {
    using S = Strip<Rows>;
    float* own = reinterpret_cast<float*>(fit_memory);
    float4* shared_gradient = fit_memory + S::offset_bytes / sizeof(float4);
    const int strip = static_cast<int>(blockIdx.x);
    const std::size_t slot = blockIdx.y;
    const Neighbours<Rows> neighbours = {
        arrays.done + slot * S::strips,
        reinterpret_cast<float4*>(arrays.seams) + slot * S::strips * 4 * uv_side};
    unsigned version = 0;
    for (std::size_t image = slot; image < static_cast<std::size_t>(images); image += gridDim.y) {
        Fitting fit = fitting_of<Rows>(arrays, image, slot, strip);
        const bool near = (fit.seam_end > fit.last_end ? fit.seam_end : fit.last_end) <= shared_pixels;
        float momentum[Rows][3] = {};
        float variance[Rows][3] = {};
        for (int i = static_cast<int>(threadIdx.x); i < 3 * S::plane; i += fit_threads) {
            own[i] = 0;
        }
        __syncthreads();
        for (int step = 0; step < steps; ++step) {
            if (arrays.losses != nullptr) {
                fit.losses = arrays.losses + (image * fit_steps + step) * view_pixels;
            }
            make_step<Rows>(fit, near ? shared_gradient : fit.far_gradient, neighbours, ++version, step,
                            schedule.size[step], schedule.variance_scale[step], own, momentum, variance);
        }
        const std::size_t at = image * 3 * uv_texels;
        write_texture<Rows>(strip, own, arrays.start + at, arrays.texture + at,
                            arrays.last_offset != nullptr ? arrays.last_offset + at : nullptr);
        __syncthreads();  // before the next image clears what was just read
    }
}

template <int Rows>
std::size_t shared_bytes(int shared_pixels) {
    return Strip<Rows>::offset_bytes + static_cast<std::size_t>(shared_pixels) * sizeof(float4);
}

template <int Rows>
FitPlan plan_with() {
    using S = Strip<Rows>;
    int device = 0;
    int multiprocessors = 0;
    int most_shared = 0;
    if (cudaGetDevice(&device) != cudaSuccess ||
        cudaDeviceGetAttribute(&multiprocessors, cudaDevAttrMultiProcessorCount, device) != cudaSuccess ||
        cudaDeviceGetAttribute(&most_shared, cudaDevAttrMaxSharedMemoryPerBlockOptin, device) !=
            cudaSuccess ||
        static_cast<std::size_t>(most_shared) < S::offset_bytes) {
        return {};
    }
    const int room =
        static_cast<int>((static_cast<std::size_t>(most_shared) - S::offset_bytes) / sizeof(float4));
    const int pixels = room < wanted_shared_pixels ? room : wanted_shared_pixels;
    const std::size_t bytes = shared_bytes<Rows>(pixels);
    const auto kernel = fit_kernel<Rows>;
    int blocks = 0;
    if (cudaFuncSetAttribute(kernel, cudaFuncAttributeMaxDynamicSharedMemorySize, static_cast<int>(bytes)) !=
            cudaSuccess ||
        cudaOccupancyMaxActiveBlocksPerMultiprocessor(&blocks, kernel, fit_threads, bytes) != cudaSuccess) {
        return {};
    }
    const int slots = blocks * multiprocessors / S::strips;
    return slots > 0 ? FitPlan{S::strips, slots, pixels} : FitPlan{};
}

template <int Rows>
void launch(const FitArrays& arrays, const FitPlan& plan, const FitSchedule& schedule, int steps, int images,
            Stream stream) {
    const int slots = images < plan.slots ? images : plan.slots;
    FitArrays own_arrays = arrays;
    FitSchedule own_schedule = schedule;
    int shared_pixels = plan.shared_pixels;
    void* arguments[] = {&own_arrays, &own_schedule, &steps, &images, &shared_pixels};
    cudaLaunchCooperativeKernel(reinterpret_cast<const void*>(fit_kernel<Rows>),
                                dim3(static_cast<unsigned>(plan.strips), static_cast<unsigned>(slots)),
                                dim3(fit_threads), arguments, shared_bytes<Rows>(shared_pixels), stream);
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
    prepare_kernel<<<grid_of(view_pixels, images), block_threads, 0, stream>>>(arrays);
    cudaMemsetAsync(arrays.done, 0, sizeof(unsigned) * static_cast<std::size_t>(plan.slots * plan.strips),
                    stream);
    if (plan.strips == Strip<4>::strips) {
        launch<4>(arrays, plan, schedule, steps, images, stream);
    } else {
        launch<8>(arrays, plan, schedule, steps, images, stream);
    }
}

}  // namespace hrn::core::cuda
