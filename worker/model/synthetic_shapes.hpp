// The constants of the synthetic face: where nose, lips and eyes rise and sink, their colours, and the 68
// landmarks, in grid coordinates (p to the right, q up, both -1..1). Invented, nobody's face.
#pragma once

#include <array>
#include <utility>
#include <vector>

namespace hrn::model::shapes {

// Adds height * max(0, 1 - ((p-p0)/rp)^2 - ((q-q0)/rq)^2)^3.
struct DepthBump {
    double p, q, radius_p, radius_q, height;  // height in decimetres
};
inline constexpr std::array depth_bumps{
    // nose: ridge
    DepthBump{0.0, 0.06, 0.15, 0.44, 0.2},
    // nose: tip
    DepthBump{0.0, -0.16, 0.2, 0.22, 0.16},
    // nostrils
    DepthBump{-0.13, -0.22, 0.12, 0.11, 0.05},
    DepthBump{0.13, -0.22, 0.12, 0.11, 0.05},
    // eye sockets
    DepthBump{-0.38, 0.2, 0.3, 0.19, -0.13},
    DepthBump{0.38, 0.2, 0.3, 0.19, -0.13},
    // eyeballs
    DepthBump{-0.38, 0.19, 0.17, 0.11, 0.07},
    DepthBump{0.38, 0.19, 0.17, 0.11, 0.07},
    // brows
    DepthBump{-0.38, 0.39, 0.32, 0.11, 0.06},
    DepthBump{0.38, 0.39, 0.32, 0.11, 0.06},
    // lips
    DepthBump{0.0, -0.44, 0.34, 0.09, 0.07},
    DepthBump{0.0, -0.57, 0.3, 0.1, 0.08},
    // mouth line
    DepthBump{0.0, -0.505, 0.34, 0.045, -0.05},
    // chin
    DepthBump{0.0, -0.84, 0.34, 0.2, 0.1},
    // cheeks
    DepthBump{-0.55, -0.15, 0.35, 0.35, 0.05},
    DepthBump{0.55, -0.15, 0.35, 0.35, 0.05},
};

struct ColourBump {
    double p, q, radius_p, radius_q;
    std::array<double, 3> colour;  // added to R, G, B (0..255)
};
inline constexpr std::array<double, 3> skin{205.0, 155.0, 130.0};
inline constexpr std::array colour_bumps{
    ColourBump{0.0, -0.44, 0.36, 0.1, {-20.0, -60.0, -45.0}},
    ColourBump{0.0, -0.57, 0.32, 0.11, {-15.0, -60.0, -45.0}},
    ColourBump{0.0, -0.505, 0.34, 0.035, {-60.0, -50.0, -40.0}},
    ColourBump{-0.38, 0.4, 0.34, 0.07, {-110.0, -90.0, -75.0}},
    ColourBump{0.38, 0.4, 0.34, 0.07, {-110.0, -90.0, -75.0}},
    ColourBump{-0.38, 0.2, 0.2, 0.08, {40.0, 80.0, 95.0}},
    ColourBump{0.38, 0.2, 0.2, 0.08, {40.0, 80.0, 95.0}},
    ColourBump{-0.38, 0.2, 0.08, 0.07, {-170.0, -170.0, -150.0}},
    ColourBump{0.38, 0.2, 0.08, 0.07, {-170.0, -170.0, -150.0}},
    ColourBump{-0.55, -0.15, 0.4, 0.35, {12.0, -12.0, -8.0}},
    ColourBump{0.55, -0.15, 0.4, 0.35, {12.0, -12.0, -8.0}},
};

using Point = std::pair<double, double>;

// iBUG order: jaw, brows, nose, eyes, mouth; each from the image's left.
[[nodiscard]] inline std::vector<Point> landmarks() {
    const std::vector<Point> jaw{
        {-0.93, 0.2},   {-0.92, 0.02}, {-0.9, -0.16},  {-0.87, -0.34}, {-0.8, -0.52},
        {-0.68, -0.68}, {-0.5, -0.8},  {-0.28, -0.89}, {0.0, -0.93}};  // the left half, chin included
    const std::vector<Point> brow{{-0.66, 0.36}, {-0.55, 0.43}, {-0.42, 0.45}, {-0.29, 0.43}, {-0.17, 0.38}};
    const std::vector<Point> nose{{0.0, 0.25},    {0.0, 0.12},  {0.0, -0.01},  {0.0, -0.14}, {-0.16, -0.25},
                                  {-0.08, -0.27}, {0.0, -0.28}, {0.08, -0.27}, {0.16, -0.25}};
    const std::vector<Point> left_eye{{-0.54, 0.19}, {-0.44, 0.26}, {-0.32, 0.26},
                                      {-0.22, 0.19}, {-0.32, 0.14}, {-0.44, 0.14}};
    const std::vector<Point> right_eye{{0.22, 0.19}, {0.32, 0.26}, {0.44, 0.26},
                                       {0.54, 0.19}, {0.44, 0.14}, {0.32, 0.14}};
    const std::vector<Point> mouth{{-0.32, -0.5}, {-0.2, -0.44},  {-0.08, -0.41}, {0.0, -0.42},
                                   {0.08, -0.41}, {0.2, -0.44},   {0.32, -0.5},   {0.2, -0.59},
                                   {0.08, -0.63}, {0.0, -0.64},   {-0.08, -0.63}, {-0.2, -0.59},
                                   {-0.27, -0.5}, {-0.09, -0.48}, {0.0, -0.48},   {0.09, -0.48},
                                   {0.27, -0.5},  {0.09, -0.53},  {0.0, -0.53},   {-0.09, -0.53}};
    std::vector<Point> out;
    const auto append = [&out](const std::vector<Point>& points) {
        out.insert(out.end(), points.begin(), points.end());
    };
    // The mirror image of the first `count` points, from the last to the first.
    const auto append_mirrored = [&out](const std::vector<Point>& points, std::size_t count) {
        for (std::size_t i = count; i-- > 0;) {
            out.emplace_back(-points[i].first, points[i].second);
        }
    };
    append(jaw);
    append_mirrored(jaw, jaw.size() - 1);
    append(brow);
    append_mirrored(brow, brow.size());
    append(nose);
    append(left_eye);
    append(right_eye);
    append(mouth);
    return out;
}

}  // namespace hrn::model::shapes
