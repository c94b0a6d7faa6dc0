// S3FD around its network: input and boxes on crop A (front.md 5).
//
// Pure functions, any thread, no Torch, cannot fail: no face is an empty list.
#pragma once

#include <array>
#include <opencv2/core/mat.hpp>
#include <vector>

namespace hrn::front {

inline constexpr int s3fd_levels = 6;

inline constexpr float s3fd_means[] = {104, 117, 123};  // blue, green, red
// 3 x H x W float32 in the network's order (blue, green, red) of an 8-bit RGB crop.
[[nodiscard]] std::vector<float> s3fd_input(const cv::Mat& rgb);

struct S3fdLevel {
    int height = 0;
    int width = 0;
    std::vector<float> classes;  // 2 x H x W: background, face; before the softmax
    std::vector<float> offsets;  // 4 x H x W
};

// x1, y1, x2, y2, score.
using ScoredBox = std::array<double, 5>;

// All boxes with a score above 0.05, in scan order.
[[nodiscard]] std::vector<ScoredBox> decode_s3fd(const std::array<S3fdLevel, s3fd_levels>& levels);
// After suppression, with a score above 0.5; the first is the one used.
[[nodiscard]] std::vector<ScoredBox> select_s3fd(const std::vector<ScoredBox>& decoded);

}  // namespace hrn::front
