#include "worker/hrn/front/cuda/pictures.hpp"
#include "worker/hrn/image/pil_taps.hpp"
#include "worker/hrn/networks/cuda/element.hpp"

namespace hrn::front::cuda {
namespace {

constexpr int precision_bits = image::pil_precision_bits;

__device__ std::uint8_t to_byte(std::int32_t sum) {
    const std::int32_t value = sum >> precision_bits;
    return static_cast<std::uint8_t>(value < 0 ? 0 : (value > 255 ? 255 : value));
}

// Weighted sums of three channels; `step` bytes from one source pixel to the next.
__device__ void mix(const PilAxis& axis, int i, const std::uint8_t* from, std::size_t step,
                    std::uint8_t* to) {
    std::int32_t red = 1 << (precision_bits - 1);
    std::int32_t green = red;
    std::int32_t blue = red;
    const std::int32_t* weights = axis.weights + static_cast<std::size_t>(axis.stride) * i;
    const std::uint8_t* pixel = from + step * axis.begin[i];
    for (int j = 0; j < axis.taps[i]; ++j, pixel += step) {
        red += weights[j] * pixel[0];
        green += weights[j] * pixel[1];
        blue += weights[j] * pixel[2];
    }
    to[0] = to_byte(red);
    to[1] = to_byte(green);
    to[2] = to_byte(blue);
}

__global__ void resample_across(const PilJob* jobs) {
    const PilJob& job = jobs[blockIdx.z];
    const int column = static_cast<int>(blockIdx.x * blockDim.x + threadIdx.x);
    const int row = static_cast<int>(blockIdx.y * blockDim.y + threadIdx.y);
    if (column >= job.across.count || row >= job.height) {
        return;
    }
    mix(job.across, column, job.pixels + 3 * static_cast<std::size_t>(job.width) * row, 3,
        job.between + 3 * (static_cast<std::size_t>(job.across.count) * row + column));
}

__global__ void resample_down(const PilJob* jobs, int side, std::uint8_t* out) {
    const PilJob& job = jobs[blockIdx.z];
    const int x = static_cast<int>(blockIdx.x * blockDim.x + threadIdx.x);
    const int y = static_cast<int>(blockIdx.y * blockDim.y + threadIdx.y);
    if (x >= side || y >= side) {
        return;
    }
    std::uint8_t* to = out + 3 * ((static_cast<std::size_t>(blockIdx.z) * side + y) * side + x);
    const int column = x - job.across.first;
    const int row = y - job.down.first;
    if (column < 0 || row < 0 || column >= job.across.count || row >= job.down.count) {
        to[0] = to[1] = to[2] = 0;
        return;
    }
    mix(job.down, row, job.between + 3 * static_cast<std::size_t>(column),
        3 * static_cast<std::size_t>(job.across.count), to);
}

}  // namespace

void resample_windows(const PilJob* jobs, int count, int most_rows, int side, std::uint8_t* out,
                      cudaStream_t stream) {
    const dim3 block(32, 8);
    const auto blocks = [](int items, unsigned threads) {
        return (static_cast<unsigned>(items) + threads - 1) / threads;
    };
    if (most_rows > 0) {
        const dim3 grid(blocks(side, block.x), blocks(most_rows, block.y), static_cast<unsigned>(count));
        resample_across<<<grid, block, 0, stream>>>(jobs);
        networks::cuda::check_launch("resample_across");
    }
    const dim3 grid(blocks(side, block.x), blocks(side, block.y), static_cast<unsigned>(count));
    resample_down<<<grid, block, 0, stream>>>(jobs, side, out);
    networks::cuda::check_launch("resample_down");
}

}  // namespace hrn::front::cuda
