// The crop in which the 68 landmarks are looked for ("crop A", front.md 4): a small regression from five
// points to a square, then the square cut out of the photo.
//
// Immutable after loading, any thread. A square outside the photo throws FaceFailure(face_cut_off).
#pragma once

#include <array>
#include <opencv2/core/mat.hpp>
#include <vector>

#include "worker/hrn/front/points.hpp"

namespace hrn::front {

inline constexpr int crop_a_side = 224;

struct SquareRegressor {
    std::vector<double> w1;  // 200 x 10, row-major
    std::vector<double> b1;  // 200
    std::vector<double> w2;  // 3 x 200
    std::vector<double> b2;  // 3
};

// x, y, width, height in photo pixels.
[[nodiscard]] std::array<double, 4> regress_square(const SquareRegressor& regressor,
                                                   const FivePoints& points);

// Where the crop lies in the photo.
struct LandmarkFrame {
    std::array<int, 4> box{};  // x, y, width, height, rounded half to even
    double scale = 1;          // crop pixels per photo pixel
    cv::Rect wanted;           // what is cut out and resized; black outside of the photo
};
[[nodiscard]] LandmarkFrame landmark_frame(const cv::Size& photo, const std::array<double, 4>& square);

struct LandmarkCrop : LandmarkFrame {
    cv::Mat image;  // 224 x 224 x 3
};
// `photo` in any channel order; the crop has the same.
[[nodiscard]] LandmarkCrop cut_landmark_crop(const cv::Mat& photo, const std::array<double, 4>& square);

}  // namespace hrn::front
