// Resizing a photo to a given long side as the official code does (front.md 1): OpenCV's cubic without
// anti-aliasing. Used for photos over 2000 pixels and for the enlargement of front.md 9.
//
// Pure functions, any thread. limit_long_side throws FaceFailure(image_too_small) for a photo so long and
// narrow that hardly anything is left of its short side.
#pragma once

#include <opencv2/core/mat.hpp>

#include "worker/hrn/types.hpp"

namespace hrn::image {

inline constexpr int long_side_limit = 2000;     // photos with a longer side are shrunk ...
inline constexpr int long_side_shrunken = 1500;  // ... to this
inline constexpr int smallest_side = 16;         // what must be left of the other side

// The photo's pixels as an RGB matrix that shares them; the photo must outlive it.
[[nodiscard]] cv::Mat matrix_of(const Photo& photo);

struct LongSide {
    cv::Mat image;
    double scale = 1;  // of the long side: pixels per pixel of the input; the other side is truncated
};
// 8-bit, any number of channels.
[[nodiscard]] LongSide resize_long_side(const cv::Mat& image, int long_side);

// The photo as the front end sees it, and its pixels per pixel of the given one (1: it is the given one).
struct LimitedPhoto {
    Photo photo;
    double scale = 1;
};
[[nodiscard]] bool exceeds_limit(const Photo& photo);
[[nodiscard]] LimitedPhoto limit_long_side(const Photo& photo);

}  // namespace hrn::image
