#include "worker/hrn/front/cuda/pictures.hpp"
#include "worker/hrn/image/opencv_resize.hpp"
#include "worker/hrn/networks/cuda/element.hpp"

namespace hrn::front::cuda {
namespace {

namespace cv = hrn::image::opencv;

__device__ int pixel_of(const CutJob& job, const CutStyle& style, int x, int y, int channel) {
    const int column = x - job.left;
    const int row = y - job.top;
    if (column < 0 || row < 0 || column >= job.width || row >= job.height) {
        return style.border[channel];
    }
    return job.pixels[3 * (static_cast<std::size_t>(row) * job.width + column) + channel];
}

__device__ std::uint8_t mean_of_four(const CutJob& job, const CutStyle& style, int x, int y, int channel) {
    const int sum =
        pixel_of(job, style, 2 * x, 2 * y, channel) + pixel_of(job, style, 2 * x + 1, 2 * y, channel) +
        pixel_of(job, style, 2 * x, 2 * y + 1, channel) + pixel_of(job, style, 2 * x + 1, 2 * y + 1, channel);
    return static_cast<std::uint8_t>((sum + 2) >> 2);
}

__device__ std::uint8_t cubic(const CutJob& job, const CutStyle& style, int x, int y, int channel) {
    const cv::CubicTaps across = cv::cubic_taps(x, job.scale_across);
    const cv::CubicTaps down = cv::cubic_taps(y, job.scale_down);
    int rows[4];
    for (int j = 0; j < 4; ++j) {
        const int row = cv::clamped(down.first + j, job.cut_height);
        int sum = 0;
        for (int k = 0; k < 4; ++k) {
            sum += pixel_of(job, style, cv::clamped(across.first + k, job.cut_width), row, channel) *
                   across.weights[k];
        }
        rows[j] = sum;
    }
    return cv::cubic_byte(down, rows);
}

__device__ std::uint8_t linear(const CutJob& job, const CutStyle& style, int x, int y, int channel) {
    if (cv::halves_both(job.scale_across, job.scale_down)) {
        return mean_of_four(job, style, x, y, channel);
    }
    const cv::LinearTaps across = cv::linear_across(x, job.scale_across, job.cut_width);
    const cv::LinearTaps down = cv::linear_down(y, job.scale_down, job.cut_height);
    return cv::linear_byte(across, down, pixel_of(job, style, across.first, down.first, channel),
                           pixel_of(job, style, across.second, down.first, channel),
                           pixel_of(job, style, across.first, down.second, channel),
                           pixel_of(job, style, across.second, down.second, channel));
}

// One thread for each pixel.
__global__ void cut_picture(const CutJob* jobs, CutStyle style, std::uint8_t* out) {
    const int x = static_cast<int>(blockIdx.x * blockDim.x + threadIdx.x);
    const int y = static_cast<int>(blockIdx.y * blockDim.y + threadIdx.y);
    if (x >= style.side || y >= style.side) {
        return;
    }
    const CutJob job = jobs[blockIdx.z];
    std::uint8_t* to = out + 3 * ((static_cast<std::size_t>(blockIdx.z) * style.side + y) * style.side + x);
    for (int channel = 0; channel < 3; ++channel) {
        to[style.swapped ? 2 - channel : channel] =
            style.cubic ? cubic(job, style, x, y, channel) : linear(job, style, x, y, channel);
    }
}

}  // namespace

void cut_pictures(const CutJob* jobs, int count, const CutStyle& style, std::uint8_t* out,
                  cudaStream_t stream) {
    networks::cuda::require(!style.cubic || style.side % 32 == 0, "cut: cubic makes rows of 32 pixels");
    const dim3 block(32, 8);
    const auto blocks = [&](unsigned threads) {
        return (static_cast<unsigned>(style.side) + threads - 1) / threads;
    };
    const dim3 grid(blocks(block.x), blocks(block.y), static_cast<unsigned>(count));
    cut_picture<<<grid, block, 0, stream>>>(jobs, style, out);
    networks::cuda::check_launch("cut_picture");
}

}  // namespace hrn::front::cuda
