// The "fat face" warp that makes the texture target from the 224 crop: cheeks and chin move outwards by a few
// pixels, the features stay (front.md 9, steps 3 to 6).
//
// Pure functions, any thread. Nothing throws for what is in a picture: where the face's box leaves no room
// for the flow there is no warp, and the caller takes the crop as it is and says so (AlignedFace::warped).
// OpenCV's own line, blur, resize and polar functions are part of the definition: several are approximations.
#pragma once

#include <array>
#include <cstdint>
#include <opencv2/core/mat.hpp>
#include <optional>
#include <span>
#include <vector>

#include "worker/hrn/front/face_contours.hpp"

namespace hrn::front {

inline constexpr int enlarged_side = 800;

// The 224 crop enlarged, 800 x 800 x 3, for the detector and the contours.
[[nodiscard]] cv::Mat enlarge_crop(std::span<const std::uint8_t> image_224);
// Pixels of the enlargement per pixel of the crop.
[[nodiscard]] double enlargement();

// The box with half its size added on each side, within the enlargement: left, top, right, bottom.
[[nodiscard]] std::array<int, 4> enlarged_box(const std::array<int, 4>& box);

// Lines in white on black, 800 x 800, 8 bit, and the side of the kernel that blurs them.
struct ContourDrawings {
    cv::Mat outline;
    cv::Mat features;
    int kernel = 3;
};
[[nodiscard]] ContourDrawings draw_contours(const FaceContours& contours);
// The same into two matrices of that size and type, whatever they held; returns the kernel's side.
[[nodiscard]] int draw_contours(const FaceContours& contours, cv::Mat& outline, cv::Mat& features);

// The drawings blurred.
struct ContourMaps {
    cv::Mat outline;
    cv::Mat features;
};
[[nodiscard]] ContourMaps contour_maps(const FaceContours& contours);

// Length L of the flow's square in the enlargement; 0 or less: no room, no warp.
[[nodiscard]] int flow_side(const std::array<int, 4>& box);
// Where that square lies, in pixels of the enlargement; only `side` is set where there is no room.
struct FlowSquare {
    int side = 0;
    int left = 0;
    int top = 0;
};
[[nodiscard]] FlowSquare flow_square(const Box& box);
// How far the flow spreads at most, in pixels of the enlargement: degree * L.
[[nodiscard]] double flow_strength(int side);
// 100 x 100 x 2 float32: towards the middle of the square, strongest half way out.
[[nodiscard]] cv::Mat spread_flow(double strength);

// 224 x 224 x 2 float64 (dx, dy), pixels of the crop; nothing where there is no room for a warp. The
// definition, at every pixel of the enlargement; fat_face() takes sampled_flow.hpp's short way.
[[nodiscard]] std::optional<cv::Mat> face_flow(const std::array<int, 4>& box, const ContourMaps& maps);

// The crop looked up along the flow; 224 x 224 x 3 bytes.
[[nodiscard]] std::vector<std::uint8_t> warp(std::span<const std::uint8_t> image_224, const cv::Mat& flow);

// All of it; nothing where there is no room. The contours are in pixels of the enlargement.
[[nodiscard]] std::optional<std::vector<std::uint8_t>> fat_face(std::span<const std::uint8_t> image_224,
                                                                const FaceContours& contours);

}  // namespace hrn::front
