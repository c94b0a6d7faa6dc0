#include "worker/hrn/image/synthetic_photo.hpp"

#include <cstdlib>
#include <stdexcept>

namespace hrn::image {
namespace {

std::uint8_t triangle(std::int64_t t) {
    constexpr std::int64_t period = 510;
    const std::int64_t within = (t % period + period) % period;
    return static_cast<std::uint8_t>(std::abs(within - period / 2));
}

}  // namespace

Photo smooth_image(int height, int width, int phase) {
    if (height < 1 || width < 1) {
        throw std::invalid_argument("smooth_image: a picture needs at least one pixel");
    }
    Photo photo;
    photo.width = width;
    photo.height = height;
    photo.rgb.reserve(std::size_t{3} * width * height);
    const std::int64_t k = phase;
    for (std::int64_t y = 0; y < height; ++y) {
        for (std::int64_t x = 0; x < width; ++x) {
            photo.rgb.push_back(triangle(2 * x + y + 37 * k));
            photo.rgb.push_back(triangle(x + 3 * y + 85 + 59 * k));
            photo.rgb.push_back(triangle(3 * x - y + 5100 + 83 * k));
        }
    }
    return photo;
}

}  // namespace hrn::image
