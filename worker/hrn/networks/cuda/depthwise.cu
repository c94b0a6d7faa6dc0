#include "worker/hrn/networks/cuda/depthwise.hpp"
#include "worker/hrn/networks/cuda/element.cuh"

namespace hrn::networks::cuda {
namespace {

// Output pixels side by side that one thread computes: their windows share most of their input.
constexpr int strip = 4;

__device__ float bent(float x, float slope) {
    return x < 0.0F ? x * slope : x;
}

template <typename T, int stride>
__global__ void depthwise(Depthwise work, int out_height, int out_width) {
    using V = Vector<T>;
    constexpr int window = (strip - 1) * stride + 3;
    const int vectors = work.channels / V::size;
    const int strips = (out_width + strip - 1) / strip;
    const std::int64_t at = static_cast<std::int64_t>(blockIdx.x) * threads_per_block + threadIdx.x;
    if (at >= static_cast<std::int64_t>(work.images) * out_height * strips * vectors) {
        return;
    }
    const int channel = static_cast<int>(at % vectors) * V::size;
    const std::int64_t place = at / vectors;
    const int first = static_cast<int>(place % strips) * strip;
    const int out_row = static_cast<int>(place / strips % out_height);
    const std::int64_t image = place / strips / out_height;
    const T* input =
        static_cast<const T*>(work.input) + image * work.height * work.width * work.channels + channel;

    const V in_bias = V::of_floats(work.in_bias + channel);
    const V in_slopes = V::of_floats(work.in_slopes + channel);
    V sums[strip];
#pragma unroll
    for (int s = 0; s < strip; ++s) {
        sums[s] = V::of_floats(work.bias + channel);
    }
#pragma unroll
    for (int i = 0; i < 3; ++i) {
        const int row = out_row * stride - 1 + i;
        if (row < 0 || row >= work.height) {
            continue;
        }
        V weights[3];
#pragma unroll
        for (int j = 0; j < 3; ++j) {
            weights[j] = V::of_floats(work.weights + (i * 3 + j) * work.channels + channel);
        }
#pragma unroll
        for (int offset = 0; offset < window; ++offset) {
            const int column = first * stride - 1 + offset;
            if (column < 0 || column >= work.width) {
                continue;
            }
            V x = V::load(input + static_cast<std::int64_t>(row * work.width + column) * work.channels);
#pragma unroll
            for (int k = 0; k < V::size; ++k) {
                x.values[k] = bent(x.values[k] + in_bias.values[k], in_slopes.values[k]);
            }
#pragma unroll
            for (int s = 0; s < strip; ++s) {
                const int j = offset - s * stride;
                if (j >= 0 && j < 3) {
#pragma unroll
                    for (int k = 0; k < V::size; ++k) {
                        sums[s].values[k] += x.values[k] * weights[j].values[k];
                    }
                }
            }
        }
    }
    const V slopes = V::of_floats(work.slopes + channel);
    T* output = static_cast<T*>(work.output) +
                ((image * out_height + out_row) * out_width + first) * work.channels + channel;
#pragma unroll
    for (int s = 0; s < strip; ++s) {
        if (first + s < out_width) {
#pragma unroll
            for (int k = 0; k < V::size; ++k) {
                sums[s].values[k] = bent(sums[s].values[k], slopes.values[k]);
            }
            sums[s].store(output + static_cast<std::int64_t>(s) * work.channels);
        }
    }
}

}  // namespace

void launch_depthwise(const Depthwise& work, cudaStream_t stream) {
    require(work.channels % vector_size(work.type) == 0, "depthwise: channels are not whole vectors");
    require(work.stride == 1 || work.stride == 2, "depthwise: the stride is neither 1 nor 2");
    const int out_height = (work.height - 1) / work.stride + 1;
    const int out_width = (work.width - 1) / work.stride + 1;
    with_element(work.type, [&](auto element) {
        using T = decltype(element);
        const std::int64_t count = static_cast<std::int64_t>(work.images) * out_height *
                                   ((out_width + strip - 1) / strip) * (work.channels / Vector<T>::size);
        if (work.stride == 1) {
            depthwise<T, 1><<<blocks_for(count), threads_per_block, 0, stream>>>(work, out_height, out_width);
        } else {
            depthwise<T, 2><<<blocks_for(count), threads_per_block, 0, stream>>>(work, out_height, out_width);
        }
        check_launch("depthwise");
    });
}

}  // namespace hrn::networks::cuda
