#include "worker/hrn/front/alignment.hpp"

#include <cmath>
#include <opencv2/core.hpp>
#include <stdexcept>

#include "worker/hrn/face_error.hpp"
#include "worker/hrn/image/pil_bicubic.hpp"

namespace hrn::front {
namespace {

// The five points as means of one or two of the 68.
constexpr int five_from_68[5][2] = {{36, 39}, {42, 45}, {30, 30}, {48, 48}, {54, 54}};

// Width of the fitted face in the 224 crop, in units of its scale (front.md 7).
constexpr double rescale_224 = 102.0;

// Beyond this no photo of a face is resized; it keeps all numbers below within 64-bit integers.
constexpr double largest_side = 1e9;

}  // namespace

StandardPoints standard_points(const std::vector<double>& landmarks_68) {
    if (landmarks_68.size() != 68 * 3) {
        throw std::invalid_argument("the standard landmarks must be 68 x 3 numbers");
    }
    StandardPoints points{};
    for (std::size_t i = 0; i < points.size(); ++i) {
        for (std::size_t axis = 0; axis < 3; ++axis) {
            points[i][axis] =
                (landmarks_68[3 * five_from_68[i][0] + axis] + landmarks_68[3 * five_from_68[i][1] + axis]) /
                2;
        }
    }
    return points;
}

std::array<std::array<float, 2>, 5> five_points_up(const Points68& landmarks, int photo_height) {
    std::array<std::array<float, 2>, 5> points{};
    const auto up = [&](int index) {
        return static_cast<float>(photo_height - 1) - landmarks[2 * index + 1];
    };
    for (std::size_t i = 0; i < points.size(); ++i) {
        const auto [a, b] = five_from_68[i];
        points[i] = {(landmarks[2 * a] + landmarks[2 * b]) / 2, (up(a) + up(b)) / 2};
    }
    return points;
}

WeakPerspective fit_weak_perspective(const FivePoints& points_up, const StandardPoints& standard) {
    // The equations of x and of y share their matrix and have no unknown in common.
    cv::Mat matrix(5, 4, CV_64F);
    cv::Mat wanted(5, 2, CV_64F);
    for (int i = 0; i < 5; ++i) {
        for (int axis = 0; axis < 3; ++axis) {
            matrix.at<double>(i, axis) = standard[i][axis];
        }
        matrix.at<double>(i, 3) = 1;
        wanted.at<double>(i, 0) = points_up[i].x;
        wanted.at<double>(i, 1) = points_up[i].y;
    }
    cv::Mat solution;  // 4 x 2: R1 and tx, R2 and ty
    cv::solve(matrix, wanted, solution, cv::DECOMP_SVD);
    const auto length = [&](int column) {
        double squares = 0;
        for (int axis = 0; axis < 3; ++axis) {
            squares += solution.at<double>(axis, column) * solution.at<double>(axis, column);
        }
        return std::sqrt(squares);
    };
    return {solution.at<double>(3, 0), solution.at<double>(3, 1), (length(0) + length(1)) / 2};
}

CropFrame crop_frame(const WeakPerspective& fit, int photo_width, int photo_height, int size) {
    CropFrame frame;
    frame.size = size;
    frame.scale = size == 224 ? rescale_224 / fit.scale : rescale_224 * size / 224 / fit.scale;
    const double width = photo_width * frame.scale;
    const double height = photo_height * frame.scale;
    // Written so that NaN fails too.
    if (!(width >= 1 && height >= 1 && width < largest_side && height < largest_side)) {
        throw FaceFailure(
            FaceErrorCode::face_cut_off,
            "the landmarks found lie in one point or far outside the photo: no crop can be made");
    }
    frame.width = static_cast<std::int64_t>(width);
    frame.height = static_cast<std::int64_t>(height);
    const auto w = static_cast<double>(frame.width);
    const auto h = static_cast<double>(frame.height);
    const double left = w / 2 - size / 2.0 + (fit.tx - photo_width / 2.0) * frame.scale;
    const double up = h / 2 - size / 2.0 + (photo_height / 2.0 - fit.ty) * frame.scale;
    if (!(std::abs(left) < largest_side && std::abs(up) < largest_side)) {
        throw FaceFailure(FaceErrorCode::face_cut_off, "the landmarks found lie far outside the photo");
    }
    frame.left = static_cast<std::int64_t>(left);
    frame.up = static_cast<std::int64_t>(up);
    return frame;
}

Alignment align(const Points68& landmarks, int photo_width, int photo_height,
                const StandardPoints& standard) {
    const auto five = five_points_up(landmarks, photo_height);
    FivePoints points;
    for (std::size_t i = 0; i < points.size(); ++i) {
        points[i] = {five[i][0], five[i][1]};
    }
    Alignment result;
    result.fit = fit_weak_perspective(points, standard);
    result.crop_224 = crop_frame(result.fit, photo_width, photo_height, 224);
    result.crop_512 = crop_frame(result.fit, photo_width, photo_height, 512);
    return result;
}

std::array<double, 136> landmarks_in_crop(const Points68& landmarks, const WeakPerspective& fit,
                                          const CropFrame& frame, int photo_width, int photo_height) {
    const double offset_x = static_cast<double>(frame.width) / 2 - frame.size / 2.0;
    const double offset_y = static_cast<double>(frame.height) / 2 - frame.size / 2.0;
    const auto tx = static_cast<float>(fit.tx);
    const auto ty = static_cast<float>(fit.ty);
    const auto scale = static_cast<float>(frame.scale);
    const float half_width = static_cast<float>(photo_width) / 2;
    const float half_height = static_cast<float>(photo_height) / 2;
    std::array<double, 136> result{};
    for (std::size_t i = 0; i < result.size(); i += 2) {
        // float32 up to the scale, then double: so does the official code, by numpy's rules.
        const float x = (landmarks[i] - tx + half_width) * scale;
        const float y_up = static_cast<float>(photo_height - 1) - landmarks[i + 1];
        const float y = (y_up - ty + half_height) * scale;
        result[i] = double{x} - offset_x;
        result[i + 1] = double{y} - offset_y;
    }
    return result;
}

std::vector<std::uint8_t> cut_crop(const Photo& photo, const CropFrame& frame) {
    return image::pil_bicubic(photo.rgb, photo.width, photo.height, frame.width, frame.height,
                              {frame.left, frame.up, frame.size, frame.size});
}

AlignedFace place_face(const Alignment& alignment, const Points68& landmarks, int photo_width,
                       int photo_height) {
    const CropFrame& small = alignment.crop_224;
    const CropFrame& large = alignment.crop_512;
    AlignedFace face;
    face.landmarks_photo = landmarks;
    const auto in_crop = landmarks_in_crop(landmarks, alignment.fit, small, photo_width, photo_height);
    for (std::size_t i = 0; i < in_crop.size(); ++i) {
        face.landmarks_224[i] = static_cast<float>(in_crop[i]);
    }
    face.scale_224 = small.scale;
    face.left_224 = static_cast<double>(small.left);
    face.up_224 = static_cast<double>(small.up);
    face.scale_512 = large.scale;
    face.left_512 = static_cast<double>(large.left);
    face.up_512 = static_cast<double>(large.up);
    return face;
}

AlignedFace align_face(const Photo& photo, const Points68& landmarks, const StandardPoints& standard) {
    const Alignment alignment = align(landmarks, photo.width, photo.height, standard);
    AlignedFace face = place_face(alignment, landmarks, photo.width, photo.height);
    face.image_224 = cut_crop(photo, alignment.crop_224);
    face.image_512 = cut_crop(photo, alignment.crop_512);
    return face;
}

}  // namespace hrn::front
