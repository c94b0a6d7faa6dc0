// Contours of made-up faces, for the tests of the warp on the CPU and on a device.
#pragma once

#include <random>

#include "worker/hrn/front/face_contours.hpp"

namespace hrn::front {

// A face of any place and size, also partly outside of the enlargement.
inline FaceContours some_contours(unsigned seed) {
    std::mt19937 random(seed);
    const auto between = [&](double low, double high) {
        return std::uniform_real_distribution<double>(low, high)(random);
    };
    const double x = between(150, 650);
    const double y = between(150, 650);
    const double size = between(30, 420);
    Points106 points{};
    for (Point& point : points) {
        point = {x + between(-0.5, 0.5) * size, y + between(-0.6, 0.6) * size};
    }
    return contours_of_106({x - size / 2, y - size / 2, x + size / 2, y + size / 2 * between(0.8, 1.3)},
                           points);
}

}  // namespace hrn::front
