#include "worker/hrn/networks/cpu_operators.hpp"

#include <ATen/ops/empty.h>
#include <ATen/ops/empty_like.h>

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <vector>

namespace hrn::networks {
namespace {

void require_fit(const at::Tensor& x) {
    if (!is_channels_last_cpu_float(x)) {
        throw std::invalid_argument(
            "an operator for channels-last float tensors on the CPU was given another one");
    }
}

struct Moments {
    std::vector<float> mean;
    std::vector<float> scale;  // 1 / sqrt(variance + epsilon)
};

// Two passes in float64: the variance of a large mean loses no digits.
Moments moments_of(const float* image, std::size_t pixels, std::size_t channels, double epsilon) {
    std::vector<double> sum(channels);
    for (std::size_t p = 0; p < pixels; ++p) {
        for (std::size_t c = 0; c < channels; ++c) {
            sum[c] += image[p * channels + c];
        }
    }
    std::vector<double> mean(channels);
    for (std::size_t c = 0; c < channels; ++c) {
        mean[c] = sum[c] / static_cast<double>(pixels);
        sum[c] = 0;
    }
    for (std::size_t p = 0; p < pixels; ++p) {
        for (std::size_t c = 0; c < channels; ++c) {
            const double d = image[p * channels + c] - mean[c];
            sum[c] += d * d;
        }
    }
    Moments out;
    for (std::size_t c = 0; c < channels; ++c) {
        out.mean.push_back(static_cast<float>(mean[c]));
        out.scale.push_back(
            static_cast<float>(1.0 / std::sqrt(sum[c] / static_cast<double>(pixels) + epsilon)));
    }
    return out;
}

std::int64_t mirrored(std::int64_t i, std::int64_t size) {
    if (i < 0) {
        return -i;
    }
    return i < size ? i : 2 * size - 2 - i;
}

}  // namespace

bool is_channels_last_cpu_float(const at::Tensor& x) {
    return x.device().is_cpu() && x.scalar_type() == c10::kFloat && x.dim() == 4 &&
           x.is_contiguous(c10::MemoryFormat::ChannelsLast);
}

at::Tensor cpu_instance_norm(const at::Tensor& x, bool relu, double epsilon) {
    require_fit(x);
    const auto channels = static_cast<std::size_t>(x.size(1));
    const auto pixels = static_cast<std::size_t>(x.size(2) * x.size(3));
    at::Tensor y = at::empty_like(x);
    const float floor = relu ? 0.0F : -INFINITY;
    for (std::int64_t n = 0; n < x.size(0); ++n) {
        const std::size_t first = static_cast<std::size_t>(n) * pixels * channels;
        const float* from = x.data_ptr<float>() + first;
        float* to = y.data_ptr<float>() + first;
        const Moments m = moments_of(from, pixels, channels, epsilon);
        const float* mean = m.mean.data();
        const float* scale = m.scale.data();
        for (std::size_t p = 0; p < pixels; ++p) {
            for (std::size_t c = 0; c < channels; ++c) {
                const float value = (from[p * channels + c] - mean[c]) * scale[c];
                // Written so that NaN stays NaN.
                to[p * channels + c] = value < floor ? floor : value;
            }
        }
    }
    return y;
}

at::Tensor cpu_reflection_pad(const at::Tensor& x, std::int64_t n) {
    require_fit(x);
    const std::int64_t channels = x.size(1);
    const std::int64_t height = x.size(2);
    const std::int64_t width = x.size(3);
    if (n < 0 || n >= height || n >= width) {
        throw std::invalid_argument("a reflection pad is as wide as the image");
    }
    at::Tensor y = at::empty({x.size(0), channels, height + 2 * n, width + 2 * n}, x.options(),
                             c10::MemoryFormat::ChannelsLast);
    const float* image = x.data_ptr<float>();
    float* out = y.data_ptr<float>();
    for (std::int64_t i = 0; i < x.size(0); ++i, image += height * width * channels) {
        for (std::int64_t row = -n; row < height + n; ++row) {
            const float* from = image + mirrored(row, height) * width * channels;
            for (std::int64_t column = -n; column < 0; ++column) {
                out = std::copy_n(from - column * channels, channels, out);
            }
            out = std::copy_n(from, width * channels, out);
            for (std::int64_t column = width; column < width + n; ++column) {
                out = std::copy_n(from + mirrored(column, width) * channels, channels, out);
            }
        }
    }
    return y;
}

}  // namespace hrn::networks
