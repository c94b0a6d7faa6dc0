// The flow of the "fat face" warp (front.md 9, steps 3 to 5) computed only where its reduction from 800 to
// 224 pixels looks: at two columns and two rows of the enlargement for each of the crop's. face_warp.hpp's
// contour_maps() and face_flow() are the definition; the numbers are the same to the bit.
//
// Pure function, any thread.
#pragma once

#include <array>
#include <opencv2/core/mat.hpp>
#include <optional>

#include "worker/hrn/front/face_contours.hpp"

namespace hrn::front {

// What cv::resize (INTER_LINEAR, 800 to 224) reads for each pixel of the crop along one axis: pixels low and
// low + 1 of the enlargement, with float32 weights.
struct FlowAxis {
    std::array<int, 2 * 224> positions{};  // low, low + 1 of each
    std::array<float, 224> fraction{};     // the second one's weight
};
[[nodiscard]] const FlowAxis& flow_axis();

// As face_flow(): 224 x 224 x 2 float64 (dx, dy), pixels of the crop; nothing where there is no room. The
// contours are in pixels of the enlargement.
[[nodiscard]] std::optional<cv::Mat> sampled_flow(const FaceContours& contours);

}  // namespace hrn::front
