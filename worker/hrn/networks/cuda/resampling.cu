#include "worker/hrn/networks/cuda/element.cuh"
#include "worker/hrn/networks/cuda/resampling.hpp"

namespace hrn::networks::cuda {
namespace {

// Where a thread's vector of the output lies.
struct Place {
    int channel, column, row;
    std::int64_t image;
};

__device__ Place place_of(std::int64_t at, int vectors, int vector_size, int width, int height) {
    const std::int64_t pixel = at / vectors;
    return {static_cast<int>(at % vectors) * vector_size, static_cast<int>(pixel % width),
            static_cast<int>(pixel / width % height), pixel / width / height};
}

template <typename T>
__global__ void pool(Pool work) {
    using V = Vector<T>;
    const int vectors = work.channels / V::size;
    const std::int64_t at = static_cast<std::int64_t>(blockIdx.x) * threads_per_block + threadIdx.x;
    if (at >= static_cast<std::int64_t>(work.images) * work.out_height * work.out_width * vectors) {
        return;
    }
    const Place to = place_of(at, vectors, V::size, work.out_width, work.out_height);
    const T* image =
        static_cast<const T*>(work.input) + to.image * work.height * work.width * work.channels + to.channel;
    const bool maximum = work.pooling == Pooling::maximum;
    V y = V::filled(maximum ? -INFINITY : 0.0F);
    for (int i = 0; i < work.kernel; ++i) {
        const int row = to.row * work.stride - work.padding + i;
        if (row < 0 || row >= work.height) {
            continue;
        }
        for (int j = 0; j < work.kernel; ++j) {
            const int column = to.column * work.stride - work.padding + j;
            if (column < 0 || column >= work.width) {
                continue;
            }
            const V x = V::load(image + static_cast<std::int64_t>(row * work.width + column) * work.channels);
#pragma unroll
            for (int k = 0; k < V::size; ++k) {
                // Written so that a NaN in the window is its maximum, as in LibTorch.
                const float larger = x.values[k] <= y.values[k] ? y.values[k] : x.values[k];
                y.values[k] =
                    maximum ? (isnan(y.values[k]) ? y.values[k] : larger) : y.values[k] + x.values[k];
            }
        }
    }
    if (!maximum) {
        const auto count = static_cast<float>(work.kernel * work.kernel);
#pragma unroll
        for (int k = 0; k < V::size; ++k) {
            y.values[k] /= count;
        }
    }
    y.store(static_cast<T*>(work.output) + at * V::size);
}

template <typename T>
__global__ void enlarged_beside(EnlargedBeside work) {
    using V = Vector<T>;
    const int all_channels = work.beside_channels + work.channels;
    const int vectors = all_channels / V::size;
    const std::int64_t at = static_cast<std::int64_t>(blockIdx.x) * threads_per_block + threadIdx.x;
    if (at >= static_cast<std::int64_t>(work.images) * work.out_height * work.out_width * vectors) {
        return;
    }
    const Place to = place_of(at, vectors, V::size, work.out_width, work.out_height);
    T* output = static_cast<T*>(work.output) + at * V::size;
    if (to.channel < work.beside_channels) {
        const std::int64_t pixel = (to.image * work.out_height + to.row) * work.out_width + to.column;
        const T* from = static_cast<const T*>(work.beside) + pixel * work.beside_channels + to.channel;
        *reinterpret_cast<uint4*>(output) = *reinterpret_cast<const uint4*>(from);
        return;
    }
    const auto ratio = [](int in, int out) {
        return out > 1 ? static_cast<float>(in - 1) / static_cast<float>(out - 1) : 0.0F;
    };
    const float y = ratio(work.height, work.out_height) * static_cast<float>(to.row);
    const float x = ratio(work.width, work.out_width) * static_cast<float>(to.column);
    const int y0 = static_cast<int>(y);
    const int x0 = static_cast<int>(x);
    const int y1 = y0 < work.height - 1 ? y0 + 1 : y0;
    const int x1 = x0 < work.width - 1 ? x0 + 1 : x0;
    const float fy = y - static_cast<float>(y0);
    const float fx = x - static_cast<float>(x0);
    const T* image = static_cast<const T*>(work.input) + to.image * work.height * work.width * work.channels +
                     to.channel - work.beside_channels;
    const auto pixel = [&](int row, int column) {
        return V::load(image + static_cast<std::int64_t>(row * work.width + column) * work.channels);
    };
    const V a = pixel(y0, x0);
    const V b = pixel(y0, x1);
    const V c = pixel(y1, x0);
    const V d = pixel(y1, x1);
    V out;
#pragma unroll
    for (int k = 0; k < V::size; ++k) {
        const float upper = (1.0F - fx) * a.values[k] + fx * b.values[k];
        const float lower = (1.0F - fx) * c.values[k] + fx * d.values[k];
        out.values[k] = (1.0F - fy) * upper + fy * lower;
    }
    out.store(output);
}

template <typename T>
__global__ void enlarged_plus(EnlargedPlus work) {
    using V = Vector<T>;
    const int vectors = work.channels / V::size;
    const std::int64_t at = static_cast<std::int64_t>(blockIdx.x) * threads_per_block + threadIdx.x;
    if (at >= static_cast<std::int64_t>(work.images) * work.height * work.width * 4 * vectors) {
        return;
    }
    const Place to = place_of(at, vectors, V::size, 2 * work.width, 2 * work.height);
    const std::int64_t pixel = (to.image * work.height + to.row / 2) * work.width + to.column / 2;
    const V x = V::load(static_cast<const T*>(work.input) + pixel * work.channels + to.channel);
    V y = V::load(static_cast<const T*>(work.base) + at * V::size);
#pragma unroll
    for (int k = 0; k < V::size; ++k) {
        y.values[k] += x.values[k];
    }
    y.store(static_cast<T*>(work.output) + at * V::size);
}

}  // namespace

void launch_pool(const Pool& work, cudaStream_t stream) {
    require(work.channels % vector_size(work.type) == 0, "pooling: channels are not whole vectors");
    require(work.pooling == Pooling::maximum || work.padding == 0, "mean pooling takes no padding");
    with_element(work.type, [&](auto element) {
        using T = decltype(element);
        const std::int64_t count = static_cast<std::int64_t>(work.images) * work.out_height * work.out_width *
                                   (work.channels / Vector<T>::size);
        pool<T><<<blocks_for(count), threads_per_block, 0, stream>>>(work);
        check_launch("pool");
    });
}

void launch_enlarged_beside(const EnlargedBeside& work, cudaStream_t stream) {
    require(work.channels % vector_size(work.type) == 0 && work.beside_channels % vector_size(work.type) == 0,
            "enlargement: channels are not whole vectors");
    with_element(work.type, [&](auto element) {
        using T = decltype(element);
        const std::int64_t count = static_cast<std::int64_t>(work.images) * work.out_height * work.out_width *
                                   ((work.beside_channels + work.channels) / Vector<T>::size);
        enlarged_beside<T><<<blocks_for(count), threads_per_block, 0, stream>>>(work);
        check_launch("enlarged_beside");
    });
}

void launch_enlarged_plus(const EnlargedPlus& work, cudaStream_t stream) {
    require(work.channels % vector_size(work.type) == 0, "enlargement: channels are not whole vectors");
    with_element(work.type, [&](auto element) {
        using T = decltype(element);
        const std::int64_t count = static_cast<std::int64_t>(work.images) * work.height * work.width * 4 *
                                   (work.channels / Vector<T>::size);
        enlarged_plus<T><<<blocks_for(count), threads_per_block, 0, stream>>>(work);
        check_launch("enlarged_plus");
    });
}

}  // namespace hrn::networks::cuda
