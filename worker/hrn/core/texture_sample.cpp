#include "worker/hrn/core/texture_sample.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <stdexcept>
#include <string>

#include "worker/hrn/core/pose.hpp"

namespace hrn::core {
namespace {

// floor as an index that cannot overflow: far outside is as good as just outside, both are clamped.
int floor_index(float floored, int size) {
    return static_cast<int>(std::clamp(floored, -2.0F, static_cast<float>(size) + 1.0F));
}

}  // namespace

Map sample_into_uv(const UvRaster& raster, std::span<const Vec3> camera, const Map& image, Team& team) {
    const int h = image.height;
    const int w = image.width;
    const auto x_scale = static_cast<float>(w / 224.0);
    const auto y_scale = static_cast<float>(h / 224.0);
    const auto channels = static_cast<std::size_t>(image.channels);
    Map out(uv_size, uv_size, image.channels);
    team.over(raster.texels.size(), [&](std::size_t begin, std::size_t end) {
        for (std::size_t t = begin; t < end; ++t) {
            const Vec2 p = project(to_uv(raster.texels[t], camera));
            float x = p.x * x_scale;
            float y = p.y * y_scale;
            // 0/0 outside the face; becomes the bottom-left pixel.
            x = std::isnan(x) ? 0.0F : x;
            y = std::isnan(y) ? 0.0F : y;
            y = static_cast<float>(h - 1) - y;
            const float x_floor = std::floor(x);
            const float y_floor = std::floor(y);
            const float fx = x - x_floor;
            const float fy = y - y_floor;
            const int x0 = floor_index(x_floor, w);
            const int y0 = floor_index(y_floor, h);
            const int left = std::clamp(x0, 0, w - 1);
            const int right = std::clamp(x0 + 1, 0, w - 1);
            const int top = std::clamp(y0, 0, h - 1);
            const int bottom = std::clamp(y0 + 1, 0, h - 1);
            const float* a = image.at(top, left);
            const float* b = image.at(bottom, left);
            const float* c = image.at(top, right);
            const float* d = image.at(bottom, right);
            float* value = out.values.data() + channels * t;
            // The row above gets the weight of the row below: the official code does it so.
            for (std::size_t ch = 0; ch < channels; ++ch) {
                value[ch] = a[ch] * (1 - fx) * fy + b[ch] * (1 - fx) * (1 - fy) + c[ch] * fx * fy +
                            d[ch] * fx * (1 - fy);
            }
        }
    });
    return out;
}

Map from_bytes(std::span<const std::uint8_t> bytes, int height, int width, int channels) {
    Map out(height, width, channels);
    if (bytes.size() != out.values.size()) {
        throw std::invalid_argument("an image has " + std::to_string(bytes.size()) + " bytes, expected " +
                                    std::to_string(out.values.size()));
    }
    std::array<float, 256> table{};
    for (std::size_t i = 0; i < table.size(); ++i) {
        table[i] = static_cast<float>(static_cast<double>(i) / 255.0);
    }
    std::transform(bytes.begin(), bytes.end(), out.values.begin(), [&](std::uint8_t b) { return table[b]; });
    return out;
}

}  // namespace hrn::core
