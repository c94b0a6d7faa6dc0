#include "worker/hrn/front/landmarks_68.hpp"

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <opencv2/imgproc.hpp>

#include "worker/hrn/face_error.hpp"

namespace hrn::front {
namespace {

constexpr std::size_t points = 68;
constexpr double largest_side = 20000;  // beyond it no face of a 224-pixel crop

// Corner of the square in crop A for network pixel `at`, by the inverse of the float32 transform.
int corner(float at, double centre, double side) {
    const auto scale = static_cast<float>(fan_side / side);
    const auto shift = static_cast<float>(fan_side * (-centre / side + 0.5));
    return to_pixel((at - shift) / scale);
}

double quarter_towards(float after, float before) {
    if (after > before) {
        return 0.25;
    }
    return after < before ? -0.25 : 0.0;
}

constexpr std::size_t cells = std::size_t{heat_side} * heat_side;

// The first of the largest numbers in row-major order; 0 if the first number is NaN, as a scan would say.
std::size_t first_maximum(const float* map) {
    // Lanes side by side: a compiler makes vector code of it without being allowed to reorder anything.
    constexpr std::size_t lanes = 32;
    std::array<float, lanes> largest;
    largest.fill(map[0]);
    for (std::size_t cell = 0; cell < cells; cell += lanes) {
        for (std::size_t lane = 0; lane < lanes; ++lane) {
            const float value = map[cell + lane];
            largest[lane] = value > largest[lane] ? value : largest[lane];
        }
    }
    const float best = *std::max_element(largest.begin(), largest.end());
    const float* found = std::find(map, map + cells, best);
    return found == map + cells ? 0 : static_cast<std::size_t>(found - map);
}

// The middle of a cell (cells count from 1, less a half), a quarter towards the larger neighbour.
Point refined(const float* map, std::size_t best) {
    const auto column = static_cast<int>(best % heat_side);
    const auto row = static_cast<int>(best / heat_side);
    Point point{column + 0.5, row + 0.5};
    if (column > 0 && column < heat_side - 1 && row > 0 && row < heat_side - 1) {
        point.x += quarter_towards(map[best + 1], map[best - 1]);
        point.y += quarter_towards(map[best + heat_side], map[best - heat_side]);
    }
    return point;
}

// Whole pixels of crop A.
Point in_crop_a(const Point& cell, const FanFrame& frame) {
    const double side = frame.side();
    const auto back = [&](double position, double centre) {
        const double pixel = (position - heat_side * (-centre / side + 0.5)) / (heat_side / side);
        return static_cast<double>(to_pixel(pixel));
    };
    return {back(cell.x, frame.centre_x), back(cell.y, frame.centre_y)};
}

}  // namespace

FanFrame fan_frame(const Box& box) {
    const double width = box.x2 - box.x1;
    const double height = box.y2 - box.y1;
    return {box.x2 - width / 2, box.y2 - height / 2 - 0.12 * height, (width + height) / 195};
}

cv::Rect fan_square(const FanFrame& frame) {
    const double side = frame.side();
    if (!(side > 0 && side < largest_side)) {
        throw FaceFailure(FaceErrorCode::no_face,
                          "no face in the aligned crop: its box has no sensible size");
    }
    const int left = corner(1, frame.centre_x, side);
    const int top = corner(1, frame.centre_y, side);
    const int right = corner(fan_side, frame.centre_x, side);
    const int bottom = corner(fan_side, frame.centre_y, side);
    if (right <= left || bottom <= top) {
        throw FaceFailure(FaceErrorCode::no_face, "no face in the aligned crop: its box has no pixels");
    }
    return {left, top, right - left, bottom - top};
}

cv::Mat fan_crop(const cv::Mat& rgb, const FanFrame& frame) {
    const cv::Rect wanted = fan_square(frame);
    cv::Mat part = cv::Mat::zeros(wanted.size(), CV_8UC3);
    const cv::Rect inside = wanted & cv::Rect(0, 0, rgb.cols, rgb.rows);
    if (!inside.empty()) {
        rgb(inside).copyTo(part(inside - wanted.tl()));
    }
    cv::Mat crop;
    cv::resize(part, crop, cv::Size(fan_side, fan_side), 0, 0, cv::INTER_LINEAR);
    return crop;
}

std::vector<float> fan_input(const cv::Mat& crop) {
    constexpr std::size_t plane = std::size_t{fan_side} * fan_side;
    std::vector<float> planes(3 * plane);
    for (int row = 0; row < fan_side; ++row) {
        const auto* from = crop.ptr<std::uint8_t>(row);
        for (int column = 0; column < fan_side; ++column) {
            for (int channel = 0; channel < 3; ++channel) {
                planes[channel * plane + std::size_t{fan_side} * row + column] =
                    static_cast<float>(from[3 * column + channel]) / 255.0F;
            }
        }
    }
    return planes;
}

HeatPoints decode_heat_maps(const std::vector<float>& heat, const FanFrame& frame) {
    HeatPoints result;
    for (std::size_t i = 0; i < points; ++i) {
        const float* map = heat.data() + cells * i;
        std::size_t best = 0;
        float second = -INFINITY;
        for (std::size_t cell = 1; cell < cells; ++cell) {
            if (map[cell] > map[best]) {
                second = map[best];
                best = cell;
            } else if (map[cell] > second) {
                second = map[cell];
            }
        }
        result.gap.push_back(map[best] - second);
        const Point cell = refined(map, best);
        result.cells[2 * i] = static_cast<float>(cell.x);
        result.cells[2 * i + 1] = static_cast<float>(cell.y);
        const Point pixel = in_crop_a(cell, frame);
        result.crop[2 * i] = static_cast<float>(pixel.x);
        result.crop[2 * i + 1] = static_cast<float>(pixel.y);
    }
    return result;
}

Points68 points_of_heat_maps(const std::vector<float>& heat, const FanFrame& frame) {
    Points68 result{};
    for (std::size_t i = 0; i < points; ++i) {
        const float* map = heat.data() + cells * i;
        const Point pixel = in_crop_a(refined(map, first_maximum(map)), frame);
        result[2 * i] = static_cast<float>(pixel.x);
        result[2 * i + 1] = static_cast<float>(pixel.y);
    }
    return result;
}

Points68 points_in_photo(const Points68& crop_points, double crop_scale, int box_x, int box_y) {
    const auto scale = static_cast<float>(crop_scale);
    Points68 result{};
    for (std::size_t i = 0; i < result.size(); ++i) {
        result[i] = crop_points[i] / scale + static_cast<float>(i % 2 == 0 ? box_x : box_y);
    }
    return result;
}

}  // namespace hrn::front
