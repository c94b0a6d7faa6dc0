#include <mma.h>

#include "worker/hrn/networks/cuda/element.cuh"
#include "worker/hrn/networks/cuda/narrow_convolution.hpp"

namespace hrn::networks::cuda {
namespace {

constexpr int taps = 7;
constexpr int channels = 64;
constexpr int depth = 16;                      // channels of one matrix product
constexpr int segment = 32;                    // input columns of one
constexpr int columns = segment - (taps - 1);  // output columns from them
constexpr int rows = 8;                        // output rows of one warp
constexpr int warps = threads_per_block / 32;  // of a block; each on its own
constexpr int product_taps = 8;                // one more than there are: a matrix has eight columns
constexpr int weight_count = taps * taps * channels;

// Where a warp's outputs begin. The last ones begin early enough to stay inside: they overlap their
// neighbours and write the same numbers.
__device__ int start_of(int index, int step, int size, int most) {
    const int start = index * step;
    return start + size > most ? most - size : start;
}

template <typename T>
__global__ void narrow_convolution(NarrowConvolution work, int row_groups, int segments) {
#if __CUDA_ARCH__ >= 800
    namespace wmma = nvcuda::wmma;
    // The eighth tap of the last row reads beyond the weights; its product is thrown away.
    __shared__ __align__(32) T weights[weight_count + channels];
    __shared__ __align__(32) float products[warps][segment * product_taps];
    const int out_channel = static_cast<int>(blockIdx.y);
    const T* from = static_cast<const T*>(work.weights) + out_channel * weight_count;
    for (int i = static_cast<int>(threadIdx.x); i < weight_count + channels; i += threads_per_block) {
        weights[i] = i < weight_count ? from[i] : from_float<T>(0.0F);
    }
    __syncthreads();

    const int warp = static_cast<int>(threadIdx.x) / 32;
    const int lane = static_cast<int>(threadIdx.x) % 32;
    const std::int64_t group = static_cast<std::int64_t>(blockIdx.x) * warps + warp;
    if (group >= static_cast<std::int64_t>(work.images) * row_groups * segments) {
        return;
    }
    const int out_height = work.height - (taps - 1);
    const int out_width = work.width - (taps - 1);
    const int left = start_of(static_cast<int>(group % segments), columns, segment, work.width);
    const int top = start_of(static_cast<int>(group / segments % row_groups), rows, rows, out_height);
    const std::int64_t image = group / segments / row_groups;
    const T* input = static_cast<const T*>(work.input) +
                     ((image * work.height + top) * static_cast<std::int64_t>(work.width) + left) * channels;

    wmma::fragment<wmma::accumulator, segment, product_taps, depth, float> sums[rows];
#pragma unroll
    for (int row = 0; row < rows; ++row) {
        wmma::fill_fragment(sums[row], 0.0F);
    }
    // Each input row is read once and serves up to seven output rows.
#pragma unroll
    for (int in_row = 0; in_row < rows + taps - 1; ++in_row) {
#pragma unroll
        for (int k = 0; k < channels; k += depth) {
            wmma::fragment<wmma::matrix_a, segment, product_taps, depth, T, wmma::row_major> pixels;
            wmma::load_matrix_sync(
                pixels, input + static_cast<std::int64_t>(in_row) * work.width * channels + k, channels);
#pragma unroll
            for (int row = 0; row < rows; ++row) {
                const int tap = in_row - row;
                if (tap >= 0 && tap < taps) {
                    wmma::fragment<wmma::matrix_b, segment, product_taps, depth, T, wmma::col_major> window;
                    wmma::load_matrix_sync(window, weights + tap * taps * channels + k, channels);
                    wmma::mma_sync(sums[row], pixels, window, sums[row]);
                }
            }
        }
    }
    T* output = static_cast<T*>(work.output) + image * out_height * out_width * work.out_channels;
#pragma unroll
    for (int row = 0; row < rows; ++row) {
        wmma::store_matrix_sync(products[warp], sums[row], product_taps, wmma::mem_row_major);
        __syncwarp();
        if (lane < columns) {
            float sum = work.bias[out_channel];
#pragma unroll
            for (int tap = 0; tap < taps; ++tap) {
                sum += products[warp][(lane + tap) * product_taps + tap];
            }
            const std::int64_t at = static_cast<std::int64_t>(top + row) * out_width + left + lane;
            output[at * work.out_channels + out_channel] = from_float<T>(tanhf(sum));
        }
        __syncwarp();
    }
#endif
}

}  // namespace

bool narrow_convolution_takes(const NarrowConvolution& work) {
    return work.type != ElementType::float32 && work.channels == channels && work.out_channels > 0 &&
           work.width >= segment && work.height >= rows + taps - 1;
}

void launch_narrow_convolution(const NarrowConvolution& work, cudaStream_t stream) {
    require(narrow_convolution_takes(work), "narrow convolution: not a shape it takes");
    const int row_groups = (work.height - (taps - 1) + rows - 1) / rows;
    const int segments = (work.width - (taps - 1) + columns - 1) / columns;
    const std::int64_t groups = static_cast<std::int64_t>(work.images) * row_groups * segments;
    const dim3 grid(static_cast<unsigned>((groups + warps - 1) / warps),
                    static_cast<unsigned>(work.out_channels));
    if (work.type == ElementType::float16) {
        narrow_convolution<__half><<<grid, threads_per_block, 0, stream>>>(work, row_groups, segments);
    } else {
        narrow_convolution<__nv_bfloat16><<<grid, threads_per_block, 0, stream>>>(work, row_groups, segments);
    }
    check_launch("narrow_convolution");
}

}  // namespace hrn::networks::cuda
