// The 106 landmarks around their network: crop, input, soft-argmax, points (front.md 3).
//
// Pure functions, any thread, no Torch. A box wholly outside the image throws FaceFailure(face_cut_off).
#pragma once

#include <array>
#include <cstdint>
#include <opencv2/core/mat.hpp>
#include <vector>

#include "worker/hrn/front/points.hpp"

namespace hrn::front {

inline constexpr int crop_106_side = 224;

// Where the crop lies in its image.
struct Frame106 {
    Point origin;       // of the square, pixels of the image
    double square = 0;  // the square's side, pixels of the image
    cv::Rect wanted;    // what is cut out and resized; the border's colour outside of the image
};
[[nodiscard]] Frame106 frame_106(const cv::Size& image, const Box& box);

struct Crop106 : Frame106 {
    cv::Mat image;  // 224 x 224 x 3, 8 bit
};
// The square of 1.35 times the box's longer side around it. `rgb` in the order that the network is to see.
[[nodiscard]] Crop106 crop_106(const cv::Mat& rgb, const Box& box);

// Blue, green, red, applied to red, green, blue: an official slip that the trained weights rely on.
inline constexpr double means_106[] = {103.94, 116.78, 123.68};
// The same as OpenCV rounds them to a colour.
inline constexpr std::array<std::uint8_t, 3> border_106 = {104, 117, 124};
// 3 x 224 x 224 float32.
[[nodiscard]] std::vector<float> input_106(const cv::Mat& crop);

// From 106 x 14 x 14 logits: 106 x 2, pixels of the crop.
[[nodiscard]] std::vector<float> soft_argmax_106(const std::vector<float>& logits);

[[nodiscard]] Points106 points_106(const std::vector<float>& crop_points, const Frame106& crop);

// Pupils (left in the image first), nose tip, corners of the mouth.
[[nodiscard]] FivePoints five_of_106(const Points106& points);

}  // namespace hrn::front
