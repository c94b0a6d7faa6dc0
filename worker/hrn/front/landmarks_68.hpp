// The 68 landmarks around FAN: crop, input, decoding of heat maps, and the way back to the photo (front.md
// 6).
//
// Pure functions, any thread, no Torch. A box that makes no crop throws FaceFailure(no_face).
#pragma once

#include <array>
#include <opencv2/core/mat.hpp>
#include <vector>

#include "worker/hrn/front/points.hpp"

namespace hrn::front {

inline constexpr int fan_side = 256;
inline constexpr int heat_side = 64;

// The square around a box: its centre and its side in units of 200 pixels.
struct FanFrame {
    double centre_x = 0;
    double centre_y = 0;
    double scale = 0;
    [[nodiscard]] double side() const { return 200 * scale; }
};
[[nodiscard]] FanFrame fan_frame(const Box& box);

// The square in pixels of crop A; it may reach beyond it.
[[nodiscard]] cv::Rect fan_square(const FanFrame& frame);
// The square cut out of crop A, 256 x 256 x 3; black outside. `rgb`: 8 bit.
[[nodiscard]] cv::Mat fan_crop(const cv::Mat& rgb, const FanFrame& frame);

// 3 x 256 x 256 float32, 0..1.
[[nodiscard]] std::vector<float> fan_input(const cv::Mat& crop);

struct HeatPoints {
    Points68 cells{};  // in the heat map, a quarter towards the larger neighbour
    Points68 crop{};   // whole pixels of crop A
    std::vector<float>
        gap;  // 68: the largest value less the second; small: another build may choose otherwise
};
// `heat`: 68 x 64 x 64.
[[nodiscard]] HeatPoints decode_heat_maps(const std::vector<float>& heat, const FanFrame& frame);

// Its `crop` alone, to the bit, without looking for the second largest.
[[nodiscard]] Points68 points_of_heat_maps(const std::vector<float>& heat, const FanFrame& frame);

// From crop A to photo pixels, float32: point / scale + corner of the crop's box.
[[nodiscard]] Points68 points_in_photo(const Points68& crop_points, double crop_scale, int box_x, int box_y);

}  // namespace hrn::front
