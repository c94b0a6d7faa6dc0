// Which lines of a face the warp of front.md 9 moves (the outline) and which it protects (brows, eyes, nose,
// mouth), from 106 or from 68 points.
//
// Pure functions, any thread, cannot fail.
#pragma once

#include <vector>

#include "worker/hrn/front/points.hpp"

namespace hrn::front {

struct Polyline {
    std::vector<Point> points;
    bool closed = false;
};

// In pixels of the 800-pixel enlargement.
struct FaceContours {
    Box box;
    std::vector<Polyline> outline;
    std::vector<Polyline> features;
};

// Of the detector's box and the 106 points, officially.
[[nodiscard]] FaceContours contours_of_106(const Box& box, const Points106& points);

// Of 68 points (front.md 11): the jaw doubled by midpoints, the nose's base interpolated to seven points, the
// box around all points with its top raised by 15 % of its height. Pixels, y down.
[[nodiscard]] FaceContours contours_of_68(const std::array<Point, 68>& points);

}  // namespace hrn::front
