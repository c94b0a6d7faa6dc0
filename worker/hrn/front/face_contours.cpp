#include "worker/hrn/front/face_contours.hpp"

#include <span>

namespace hrn::front {
namespace {

struct Range {
    int first, last;  // inclusive
    bool closed;
};

template <std::size_t count>
Polyline line_of(const std::array<Point, count>& points, const Range& range) {
    return {std::vector<Point>(points.begin() + range.first, points.begin() + range.last + 1), range.closed};
}

Point between(const Point& a, const Point& b, double share) {
    return {a.x + share * (b.x - a.x), a.y + share * (b.y - a.y)};
}

// `wanted` points at equal steps of the polyline's index.
std::vector<Point> resampled(std::span<const Point> points, int wanted) {
    std::vector<Point> result;
    for (int i = 0; i < wanted; ++i) {
        const double at = static_cast<double>(i) * static_cast<double>(points.size() - 1) / (wanted - 1);
        const auto index = std::min(static_cast<std::size_t>(at), points.size() - 2);
        result.push_back(between(points[index], points[index + 1], at - static_cast<double>(index)));
    }
    return result;
}

}  // namespace

FaceContours contours_of_106(const Box& box, const Points106& points) {
    constexpr Range features[] = {{33, 37, false}, {42, 46, false}, {51, 54, false}, {57, 63, false},
                                  {66, 73, true},  {75, 82, true},  {84, 95, true}};
    FaceContours contours;
    contours.box = box;
    contours.outline.push_back(line_of(points, {0, 32, false}));
    for (const Range& range : features) {
        contours.features.push_back(line_of(points, range));
    }
    return contours;
}

FaceContours contours_of_68(const std::array<Point, 68>& points) {
    constexpr Range features[] = {{17, 21, false}, {22, 26, false}, {27, 30, false},
                                  {36, 41, true},  {42, 47, true},  {48, 59, true}};
    constexpr int jaw_points = 17;
    constexpr int nose_base_first = 31;
    constexpr int nose_base_points = 5;
    constexpr double raised = 0.15;
    const std::span<const Point> all(points);
    FaceContours contours;
    contours.outline.push_back({resampled(all.first(jaw_points), 2 * jaw_points - 1), false});
    for (const Range& range : features) {
        contours.features.push_back(line_of(points, range));
    }
    contours.features.push_back({resampled(all.subspan(nose_base_first, nose_base_points), 7), false});
    Box box{points[0].x, points[0].y, points[0].x, points[0].y};
    for (const Point& point : points) {
        box.x1 = std::min(box.x1, point.x);
        box.y1 = std::min(box.y1, point.y);
        box.x2 = std::max(box.x2, point.x);
        box.y2 = std::max(box.y2, point.y);
    }
    box.y1 -= raised * (box.y2 - box.y1);
    contours.box = box;
    return contours;
}

}  // namespace hrn::front
