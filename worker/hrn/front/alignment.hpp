// Where a face goes in the 224 and 512 crops: five points of the 68, a weak-perspective fit to the model's
// standard points, and from it the crops and the landmarks in them (front.md 7).
//
// Pure functions, any thread. StandardPoints belong to the model directory and are immutable. Landmarks that
// make no face (a fitted scale of zero, a resized photo without pixels) throw FaceFailure(face_cut_off).
#pragma once

#include <cstdint>
#include <vector>

#include "worker/hrn/front/points.hpp"
#include "worker/hrn/types.hpp"

namespace hrn::front {

// Left eye, right eye, nose, left and right corner of the mouth, as x, y, z; y up, the model's own unit.
using StandardPoints = std::array<std::array<double, 3>, 5>;

// From the 68 x 3 standard landmarks, row-major.
[[nodiscard]] StandardPoints standard_points(const std::vector<double>& landmarks_68);

// The same five of a photo's landmarks; y UP: height - 1 - y. Means in float32, as officially.
[[nodiscard]] std::array<std::array<float, 2>, 5> five_points_up(const Points68& landmarks, int photo_height);

// x = R1 X + tx, y = R2 X + ty by least squares; scale = (|R1| + |R2|) / 2 photo pixels per model unit.
struct WeakPerspective {
    double tx = 0;
    double ty = 0;
    double scale = 0;
};
[[nodiscard]] WeakPerspective fit_weak_perspective(const FivePoints& points_up,
                                                   const StandardPoints& standard);

// The photo is resized to width x height by `scale`, and the crop's pixel (0,0) lies at (left, up) there.
struct CropFrame {
    int size = 224;  // of the square crop
    double scale = 1;
    std::int64_t width = 0;
    std::int64_t height = 0;
    std::int64_t left = 0;
    std::int64_t up = 0;
};

struct Alignment {
    WeakPerspective fit;
    CropFrame crop_224;
    CropFrame crop_512;
};
[[nodiscard]] CropFrame crop_frame(const WeakPerspective& fit, int photo_width, int photo_height, int size);
[[nodiscard]] Alignment align(const Points68& landmarks, int photo_width, int photo_height,
                              const StandardPoints& standard);

// The landmarks in the crop, 68 x (x, y), y UP.
[[nodiscard]] std::array<double, 136> landmarks_in_crop(const Points68& landmarks, const WeakPerspective& fit,
                                                        const CropFrame& frame, int photo_width,
                                                        int photo_height);

// The crop's pixels, size x size x 3 RGB, PIL's bicubic; black outside the photo.
[[nodiscard]] std::vector<std::uint8_t> cut_crop(const Photo& photo, const CropFrame& frame);

// Everything of AlignedFace that follows from the landmarks alone: landmarks and frames of the crops.
[[nodiscard]] AlignedFace place_face(const Alignment& alignment, const Points68& landmarks, int photo_width,
                                     int photo_height);

// Everything of AlignedFace that follows from photo and landmarks: crops, landmarks, frames of the crops.
[[nodiscard]] AlignedFace align_face(const Photo& photo, const Points68& landmarks,
                                     const StandardPoints& standard);

}  // namespace hrn::front
