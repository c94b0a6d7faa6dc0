#include "worker/hrn/networks/cuda/channel_sums.hpp"
#include "worker/hrn/networks/cuda/element.cuh"

namespace hrn::networks::cuda {
namespace {

constexpr int warp = 32;

// The sum over groups of `size` neighbouring threads, in each of them; size: a power of two.
__device__ float sum_over(float x, int size) {
    for (int step = size / 2; step > 0; step /= 2) {
        x += __shfl_xor_sync(0xffffffffU, x, step);
    }
    return x;
}

// A pixel's vectors lie in neighbouring threads.
template <typename T>
__global__ void to_few_sigmoid(ToFewSigmoid work) {
    using V = Vector<T>;
    const int vectors = work.channels / V::size;
    const std::int64_t at = static_cast<std::int64_t>(blockIdx.x) * threads_per_block + threadIdx.x;
    const std::int64_t pixel = at / vectors;
    const int vector = static_cast<int>(at % vectors);
    // Threads beyond the end take part in the sums, of which nobody sees theirs.
    const bool inside = pixel < work.pixels;
    const V x = inside ? V::load(static_cast<const T*>(work.input) + at * V::size) : V::filled(0.0F);
    for (int out = 0; out < work.out_channels; ++out) {
        const V w = V::of_floats(work.weights + out * work.channels + vector * V::size);
        float sum = 0.0F;
#pragma unroll
        for (int i = 0; i < V::size; ++i) {
            sum += x.values[i] * w.values[i];
        }
        sum = sum_over(sum, vectors) + work.bias[out];
        if (inside && vector == 0) {
            static_cast<T*>(work.output)[pixel * work.out_channels + out] =
                from_float<T>(1.0F / (1.0F + expf(-sum)));
        }
    }
}

// One warp per pixel.
template <typename T>
__global__ void unit_length(UnitLength work) {
    using V = Vector<T>;
    const int vectors = work.channels / V::size;
    const std::int64_t pixel =
        (static_cast<std::int64_t>(blockIdx.x) * threads_per_block + threadIdx.x) / warp;
    if (pixel >= work.pixels) {
        return;  // the whole warp
    }
    const int lane = static_cast<int>(threadIdx.x) % warp;
    const T* from = static_cast<const T*>(work.input) + pixel * work.channels;
    T* to = static_cast<T*>(work.output) + pixel * work.channels;
    float squares = 0.0F;
    for (int vector = lane; vector < vectors; vector += warp) {
        const V x = V::load(from + vector * V::size);
#pragma unroll
        for (int i = 0; i < V::size; ++i) {
            squares += x.values[i] * x.values[i];
        }
    }
    const float length = sqrtf(sum_over(squares, warp)) + 1e-10F;
    for (int vector = lane; vector < vectors; vector += warp) {
        V x = V::load(from + vector * V::size);
        const V w = V::of_floats(work.weights + vector * V::size);
#pragma unroll
        for (int i = 0; i < V::size; ++i) {
            x.values[i] = x.values[i] / length * w.values[i];
        }
        x.store(to + vector * V::size);
    }
}

template <typename T>
__global__ void beside_plus(BesidePlus work) {
    using V = Vector<T>;
    const int channels = work.part_channels[0] + work.part_channels[1] + work.part_channels[2];
    const int vectors = channels / V::size;
    const std::int64_t at = static_cast<std::int64_t>(blockIdx.x) * threads_per_block + threadIdx.x;
    if (at >= work.pixels * vectors) {
        return;
    }
    const std::int64_t pixel = at / vectors;
    int channel = static_cast<int>(at % vectors) * V::size;
    int part = 0;
    while (channel >= work.part_channels[part]) {
        channel -= work.part_channels[part++];
    }
    const V x = V::load(static_cast<const T*>(work.parts[part]) + pixel * work.part_channels[part] + channel);
    V y = V::load(static_cast<const T*>(work.base) + at * V::size);
#pragma unroll
    for (int i = 0; i < V::size; ++i) {
        y.values[i] += x.values[i];
    }
    y.store(static_cast<T*>(work.output) + at * V::size);
}

}  // namespace

bool to_few_sigmoid_takes(const ToFewSigmoid& work) {
    const int vectors = work.channels / vector_size(work.type);
    return work.channels % vector_size(work.type) == 0 && vectors > 0 && vectors <= warp &&
           (vectors & (vectors - 1)) == 0 && work.out_channels > 0 && work.out_channels <= most_few;
}

void launch_to_few_sigmoid(const ToFewSigmoid& work, cudaStream_t stream) {
    require(to_few_sigmoid_takes(work), "sum over channels: not a shape it takes");
    const int vectors = work.channels / vector_size(work.type);
    with_element(work.type, [&](auto element) {
        using T = decltype(element);
        to_few_sigmoid<T><<<blocks_for(work.pixels * vectors), threads_per_block, 0, stream>>>(work);
        check_launch("to_few_sigmoid");
    });
}

void launch_unit_length(const UnitLength& work, cudaStream_t stream) {
    require(work.channels % vector_size(work.type) == 0, "unit length: channels are not whole vectors");
    with_element(work.type, [&](auto element) {
        using T = decltype(element);
        unit_length<T><<<blocks_for(work.pixels * warp), threads_per_block, 0, stream>>>(work);
        check_launch("unit_length");
    });
}

void launch_beside_plus(const BesidePlus& work, cudaStream_t stream) {
    std::int64_t vectors = 0;
    for (const int channels : work.part_channels) {
        require(channels % vector_size(work.type) == 0, "concatenation: channels are not whole vectors");
        vectors += channels / vector_size(work.type);
    }
    with_element(work.type, [&](auto element) {
        using T = decltype(element);
        beside_plus<T><<<blocks_for(work.pixels * vectors), threads_per_block, 0, stream>>>(work);
        check_launch("beside_plus");
    });
}

}  // namespace hrn::networks::cuda
