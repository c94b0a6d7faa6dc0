// Portraits for measuring: the public-domain portrait of tests/data enlarged, shifted and coloured a little,
// as JPEG files of a wished size. The same seed gives the same bytes with the same OpenCV.
//
// Pure functions of their arguments; any thread. std::runtime_error when the portrait cannot be read.
#pragma once

#include <cstdint>
#include <opencv2/core/mat.hpp>
#include <string>
#include <vector>

namespace hrn::bench {

// The portrait as it lies in the tree, 512 x 512 BGR.
[[nodiscard]] cv::Mat read_portrait(const std::string& path);

// 3:4 upright, about `megapixels` million pixels; the face keeps its share of the picture. Quality 90.
[[nodiscard]] std::vector<std::uint8_t> make_portrait(const cv::Mat& portrait, double megapixels,
                                                      unsigned seed);

}  // namespace hrn::bench
