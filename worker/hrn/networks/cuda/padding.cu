#include "worker/hrn/networks/cuda/element.cuh"
#include "worker/hrn/networks/cuda/padding.hpp"

namespace hrn::networks::cuda {
namespace {

__device__ int mirrored(int i, int size) {
    return i < 0 ? -i : (i < size ? i : 2 * size - 2 - i);
}

__host__ __device__ int out_height(const Padding& work) {
    return work.height + (work.mirrored ? 2 * work.pad : 0);
}

__host__ __device__ int out_width(const Padding& work) {
    return work.width + 2 * work.pad - work.taps + 1;
}

template <typename T>
__global__ void pad_map(Padding work) {
    using V = Vector<T>;
    const int vectors = work.out_channels / V::size;
    const int width = out_width(work);
    const int height = out_height(work);
    const std::int64_t at = static_cast<std::int64_t>(blockIdx.x) * threads_per_block + threadIdx.x;
    if (at >= static_cast<std::int64_t>(work.images) * height * width * vectors) {
        return;
    }
    const int first = static_cast<int>(at % vectors) * V::size;
    const std::int64_t pixel = at / vectors;
    const int left = static_cast<int>(pixel % width) - work.pad;
    int row = static_cast<int>(pixel / width % height);
    if (work.mirrored) {
        row = mirrored(row - work.pad, work.height);
    }
    const std::int64_t image = pixel / width / height;
    const T* from =
        static_cast<const T*>(work.input) + (image * work.height + row) * work.width * work.channels;
    V x = V::filled(0.0F);
#pragma unroll
    for (int i = 0; i < V::size; ++i) {
        const int tap = (first + i) / work.channels;
        const int column = work.mirrored ? mirrored(left + tap, work.width) : left + tap;
        if (tap < work.taps && column >= 0 && column < work.width) {
            x.values[i] = to_float(from[column * work.channels + (first + i) % work.channels]);
        }
    }
    x.store(static_cast<T*>(work.output) + at * V::size);
}

}  // namespace

void launch_padding(const Padding& work, cudaStream_t stream) {
    require(work.out_channels % vector_size(work.type) == 0 && work.out_channels >= work.taps * work.channels,
            "padding: not whole vectors of channels, or fewer than before");
    require(work.pad >= 0 && (!work.mirrored || (work.pad < work.height && work.pad < work.width)),
            "padding: as wide as the image");
    with_element(work.type, [&](auto element) {
        using T = decltype(element);
        const std::int64_t count = static_cast<std::int64_t>(work.images) * out_height(work) *
                                   out_width(work) * (work.out_channels / Vector<T>::size);
        pad_map<T><<<blocks_for(count), threads_per_block, 0, stream>>>(work);
        check_launch("pad_map");
    });
}

}  // namespace hrn::networks::cuda
