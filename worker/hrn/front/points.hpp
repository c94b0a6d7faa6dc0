// The small geometry values of the front end: points, boxes, the 68- and 106-point sets, and the one safe way
// from a network's number to a whole pixel.
//
// Plain values, any thread. Pixels have (0,0) at the centre of the first pixel, y down unless a name says up.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

namespace hrn::front {

struct Point {
    double x = 0;
    double y = 0;
};

struct Box {
    double x1 = 0;
    double y1 = 0;
    double x2 = 0;
    double y2 = 0;
};

using FivePoints = std::array<Point, 5>;
using Points106 = std::array<Point, 106>;
using Points68 = std::array<float, 136>;  // x0, y0, x1, y1, ... as AlignedFace holds them

// Toward zero, as a C cast; but numbers beyond any image, and NaN, give a far but harmless pixel instead of
// undefined behaviour (half-precision networks can overflow).
[[nodiscard]] inline int to_pixel(double value) {
    constexpr double far = 1e7;
    if (!(value > -far)) {
        return static_cast<int>(-far);
    }
    return static_cast<int>(std::min(value, far));
}

// The smallest box around the points; at least one point.
[[nodiscard]] inline Box bounds_of(const Points106& points) {
    Box box{points[0].x, points[0].y, points[0].x, points[0].y};
    for (const Point& point : points) {
        box.x1 = std::min(box.x1, point.x);
        box.y1 = std::min(box.y1, point.y);
        box.x2 = std::max(box.x2, point.x);
        box.y2 = std::max(box.y2, point.y);
    }
    return box;
}

[[nodiscard]] inline Point point_of(const Points68& points, int index) {
    return {points[2 * index], points[2 * index + 1]};
}

}  // namespace hrn::front
