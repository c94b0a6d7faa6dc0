#include "worker/hrn/networks/cuda/activation.hpp"
#include "worker/hrn/networks/cuda/element.cuh"

namespace hrn::networks::cuda {
namespace {

template <typename T>
__global__ void activate(ChannelwiseActivation work) {
    using V = Vector<T>;
    const int vectors = work.channels / V::size;
    const std::int64_t count = work.pixels * vectors;
    const std::int64_t stride = static_cast<std::int64_t>(gridDim.x) * threads_per_block;
#pragma unroll 2
    for (std::int64_t at = static_cast<std::int64_t>(blockIdx.x) * threads_per_block + threadIdx.x;
         at < count; at += stride) {
        const int channel = static_cast<int>(at % vectors) * V::size;
        V x = V::load(static_cast<const T*>(work.input) + at * V::size);
        if (work.scale != nullptr) {
            const V scale = V::of_floats(work.scale + channel);
#pragma unroll
            for (int i = 0; i < V::size; ++i) {
                x.values[i] *= scale.values[i];
            }
        }
        if (work.shift != nullptr) {
            const V shift = V::of_floats(work.shift + channel);
#pragma unroll
            for (int i = 0; i < V::size; ++i) {
                x.values[i] += shift.values[i];
            }
        }
        if (work.residual != nullptr) {
            const V y = V::load(static_cast<const T*>(work.residual) + at * V::size);
#pragma unroll
            for (int i = 0; i < V::size; ++i) {
                x.values[i] += y.values[i];
            }
        }
        if (work.activation == Activation::relu) {
#pragma unroll
            for (int i = 0; i < V::size; ++i) {
                x.values[i] = relu(x.values[i]);
            }
        } else if (work.activation == Activation::prelu) {
            const V slopes = V::of_floats(work.slopes + channel);
#pragma unroll
            for (int i = 0; i < V::size; ++i) {
                x.values[i] = x.values[i] < 0.0F ? x.values[i] * slopes.values[i] : x.values[i];
            }
        }
        x.store(static_cast<T*>(work.output) + at * V::size);
    }
}

}  // namespace

void launch_activation(const ChannelwiseActivation& work, cudaStream_t stream) {
    require(work.channels % vector_size(work.type) == 0, "activation: channels are not whole vectors");
    require(work.activation != Activation::prelu || work.slopes != nullptr,
            "activation: PReLU without slopes");
    with_element(work.type, [&](auto element) {
        using T = decltype(element);
        const std::int64_t count = work.pixels * (work.channels / Vector<T>::size);
        activate<T><<<blocks_for(count, 4), threads_per_block, 0, stream>>>(work);
        check_launch("activate");
    });
}

}  // namespace hrn::networks::cuda
