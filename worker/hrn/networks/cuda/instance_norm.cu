#include "worker/hrn/networks/cuda/element.cuh"
#include "worker/hrn/networks/cuda/instance_norm.hpp"

namespace hrn::networks::cuda {
namespace {

constexpr int pixels_per_thread = 16;
constexpr int most_chunks = 128;

int chunks_of(const InstanceNorm& norm) {
    const int lanes = threads_per_block / (norm.channels / vector_size(norm.type));
    const int chunks = norm.height * norm.width / (lanes * pixels_per_thread);
    return chunks < 1 ? 1 : (chunks > most_chunks ? most_chunks : chunks);
}

__device__ int chunk_start(int chunk, int chunks, int pixels) {
    return static_cast<int>(static_cast<long long>(pixels) * chunk / chunks);
}

// Joins the mean and the sum of squared deviations of two sets (Chan, Golub, LeVeque): no cancellation,
// however large the mean is beside the deviation.
__device__ void join(float& mean, float& deviation, float count, float other_mean, float other_deviation,
                     float other_count) {
    const float total = count + other_count;
    if (total == 0.0F) {
        return;
    }
    const float delta = other_mean - mean;
    mean += delta * (other_count / total);
    deviation += other_deviation + delta * delta * (count * other_count / total);
}

// Per image and chunk of its pixels: mean and sum of squared deviations of each channel.
template <typename T>
__global__ void chunk_moments(const T* input, float* moments, int pixels, int channels, int chunks) {
    using V = Vector<T>;
    __shared__ float means[threads_per_block][V::size];
    __shared__ float deviations[threads_per_block][V::size];
    const int vectors = channels / V::size;
    const int lanes = threads_per_block / vectors;
    const int vector = static_cast<int>(threadIdx.x) % vectors;
    const int lane = static_cast<int>(threadIdx.x) / vectors;
    const int first = chunk_start(static_cast<int>(blockIdx.x), chunks, pixels);
    const int last = chunk_start(static_cast<int>(blockIdx.x) + 1, chunks, pixels);
    const T* image = input + static_cast<long long>(blockIdx.y) * pixels * channels + vector * V::size;

    // Deviations from the thread's own first pixel are small where the map is smooth.
    V shift = V::filled(0.0F);
    V sum = V::filled(0.0F);
    V squares = V::filled(0.0F);
    if (first + lane < last) {
        shift = V::load(image + static_cast<long long>(first + lane) * channels);
    }
#pragma unroll 4
    for (int pixel = first + lane + lanes; pixel < last; pixel += lanes) {
        const V x = V::load(image + static_cast<long long>(pixel) * channels);
#pragma unroll
        for (int i = 0; i < V::size; ++i) {
            const float d = x.values[i] - shift.values[i];
            sum.values[i] += d;
            squares.values[i] += d * d;
        }
    }
    const auto count_of = [&](int of_lane) {
        return first + of_lane < last ? static_cast<float>((last - first - of_lane - 1) / lanes + 1) : 0.0F;
    };
    const float own = count_of(lane);
#pragma unroll
    for (int i = 0; i < V::size; ++i) {
        const float mean = own > 0.0F ? sum.values[i] / own : 0.0F;
        means[threadIdx.x][i] = shift.values[i] + mean;
        deviations[threadIdx.x][i] = squares.values[i] - sum.values[i] * mean;
    }
    // Lane l gathers lanes l, l + step, ...: how many pixels those are is a sum over lanes.
    __shared__ float counts[threads_per_block];
    if (vector == 0) {
        counts[lane] = own;
    }
    __syncthreads();
    for (int step = lanes / 2; step > 0; step /= 2) {
        const int other = static_cast<int>(threadIdx.x) + step * vectors;
        if (lane < step) {
#pragma unroll
            for (int i = 0; i < V::size; ++i) {
                join(means[threadIdx.x][i], deviations[threadIdx.x][i], counts[lane], means[other][i],
                     deviations[other][i], counts[lane + step]);
            }
        }
        __syncthreads();
        if (lane < step && vector == 0) {
            counts[lane] += counts[lane + step];
        }
        __syncthreads();
    }
    if (lane == 0) {
        float* to = moments + (static_cast<long long>(blockIdx.y) * chunks + blockIdx.x) * 2 * channels +
                    vector * V::size;
#pragma unroll
        for (int i = 0; i < V::size; ++i) {
            to[i] = means[threadIdx.x][i];
            to[channels + i] = deviations[threadIdx.x][i];
        }
    }
}

// Per image and channel: mean and 1 / sqrt(variance + epsilon) of all chunks together.
__global__ void join_moments(const float* moments, float* statistics, int pixels, int channels, int chunks,
                             float epsilon) {
    const int channel = static_cast<int>(blockIdx.x * blockDim.x + threadIdx.x);
    if (channel >= channels) {
        return;
    }
    const float* from = moments + static_cast<long long>(blockIdx.y) * chunks * 2 * channels + channel;
    float mean = 0.0F;
    float deviation = 0.0F;
    float count = 0.0F;
    for (int chunk = 0; chunk < chunks; ++chunk) {
        const auto own =
            static_cast<float>(chunk_start(chunk + 1, chunks, pixels) - chunk_start(chunk, chunks, pixels));
        join(mean, deviation, count, from[0], from[channels], own);
        count += own;
        from += 2 * channels;
    }
    float* to = statistics + static_cast<long long>(blockIdx.y) * 2 * channels + channel;
    to[0] = mean;
    to[channels] = 1.0F / sqrtf(deviation / static_cast<float>(pixels) + epsilon);
}

__device__ int mirrored(int i, int size) {
    return i < 0 ? -i : (i < size ? i : 2 * size - 2 - i);
}

template <typename T>
__global__ void normalise(InstanceNorm norm, const float* statistics) {
    using V = Vector<T>;
    const int vectors = norm.channels / V::size;
    const int vector = static_cast<int>(threadIdx.x) % vectors;  // the same for all of a thread's pixels
    const int lanes = threads_per_block / vectors;
    const int out_width = norm.width + 2 * norm.pad;
    const int out_pixels = (norm.height + 2 * norm.pad) * out_width;
    const float* own = statistics + static_cast<long long>(blockIdx.y) * 2 * norm.channels + vector * V::size;
    const V mean = V::of_floats(own);
    const V scale = V::of_floats(own + norm.channels);
    const auto offset = static_cast<long long>(blockIdx.y) * norm.channels;
    const int residual_width = norm.width + 2 * norm.residual_pad;
    const int residual_height = norm.height + 2 * norm.residual_pad;
    const T* input = static_cast<const T*>(norm.input) + offset * norm.height * norm.width + vector * V::size;
    const T* residual = static_cast<const T*>(norm.residual);
    if (residual != nullptr) {
        residual += offset * residual_height * residual_width + vector * V::size;
    }
    T* output = static_cast<T*>(norm.output) + offset * out_pixels + vector * V::size;

    const int first = static_cast<int>(blockIdx.x) * lanes + static_cast<int>(threadIdx.x) / vectors;
#pragma unroll 2
    for (int pixel = first; pixel < out_pixels; pixel += static_cast<int>(gridDim.x) * lanes) {
        const int row = mirrored(pixel / out_width - norm.pad, norm.height);
        const int column = mirrored(pixel % out_width - norm.pad, norm.width);
        V x = V::load(input + static_cast<long long>(row * norm.width + column) * norm.channels);
#pragma unroll
        for (int i = 0; i < V::size; ++i) {
            x.values[i] = (x.values[i] - mean.values[i]) * scale.values[i];
            x.values[i] = norm.relu ? relu(x.values[i]) : x.values[i];
        }
        if (residual != nullptr) {
            const int at = (row + norm.residual_pad) * residual_width + column + norm.residual_pad;
            const V y = V::load(residual + static_cast<long long>(at) * norm.channels);
#pragma unroll
            for (int i = 0; i < V::size; ++i) {
                x.values[i] += y.values[i];
            }
        }
        x.store(output + static_cast<long long>(pixel) * norm.channels);
    }
}

}  // namespace

bool instance_norm_takes(int channels, ElementType type) {
    const int vectors = channels / vector_size(type);
    return channels % vector_size(type) == 0 && vectors > 0 && vectors <= threads_per_block &&
           (vectors & (vectors - 1)) == 0;
}

std::size_t instance_norm_workspace(const InstanceNorm& norm) {
    return static_cast<std::size_t>(norm.images) * 2 * static_cast<std::size_t>(norm.channels) *
           static_cast<std::size_t>(chunks_of(norm) + 1);
}

void launch_instance_norm(const InstanceNorm& norm, cudaStream_t stream) {
    require(instance_norm_takes(norm.channels, norm.type),
            "instance norm: not a number of channels it takes");
    require(norm.pad >= 0 && norm.pad < norm.height && norm.pad < norm.width,
            "instance norm: the padding is as wide as the image");
    const int chunks = chunks_of(norm);
    const int pixels = norm.height * norm.width;
    const auto images = static_cast<unsigned>(norm.images);
    float* statistics = norm.workspace + static_cast<std::size_t>(norm.images) * 2 *
                                             static_cast<std::size_t>(norm.channels) *
                                             static_cast<std::size_t>(chunks);
    with_element(norm.type, [&](auto element) {
        using T = decltype(element);
        chunk_moments<T><<<dim3(static_cast<unsigned>(chunks), images), threads_per_block, 0, stream>>>(
            static_cast<const T*>(norm.input), norm.workspace, pixels, norm.channels, chunks);
        check_launch("chunk_moments");
        const auto channel_blocks = static_cast<unsigned>((norm.channels + 63) / 64);
        join_moments<<<dim3(channel_blocks, images), 64, 0, stream>>>(norm.workspace, statistics, pixels,
                                                                      norm.channels, chunks, norm.epsilon);
        check_launch("join_moments");
        const int lanes = threads_per_block / (norm.channels / Vector<T>::size);
        const int out_pixels = (norm.height + 2 * norm.pad) * (norm.width + 2 * norm.pad);
        const auto blocks = static_cast<unsigned>((out_pixels + 8 * lanes - 1) / (8 * lanes));
        normalise<T><<<dim3(blocks, images), threads_per_block, 0, stream>>>(norm, statistics);
        check_launch("normalise");
    });
}

}  // namespace hrn::networks::cuda
