// Non-maximum suppression as the two detectors do it: torchvision's for RetinaFace (front.md 2), the one with
// +1 in every length for S3FD (front.md 5).
//
// Pure functions, any thread, cannot fail. Quadratic in the number of boxes.
#pragma once

#include <vector>

namespace hrn::front {

// `boxes`: n x 4 corners, row-major; `scores`: n. Indices of the boxes that stay, by falling score; equal
// scores keep their order. Float arithmetic; suppressed when overlap / union > threshold.
[[nodiscard]] std::vector<int> suppress_torchvision(const std::vector<float>& boxes,
                                                    const std::vector<float>& scores, double threshold);

// The same with widths and heights one larger, in double; stays when overlap / union <= threshold.
[[nodiscard]] std::vector<int> suppress_s3fd(const std::vector<double>& boxes,
                                             const std::vector<double>& scores, double threshold);

}  // namespace hrn::front
