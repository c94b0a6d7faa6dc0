#include "worker/hrn/front/landmark_crop.hpp"

#include <cmath>
#include <cstddef>
#include <opencv2/imgproc.hpp>

#include "worker/hrn/face_error.hpp"

namespace hrn::front {
namespace {

[[noreturn]] void throw_cut_off() {
    throw FaceFailure(FaceErrorCode::face_cut_off,
                      "the face is too close to the photo's border to be cropped");
}

int rounded_half_to_even(double value) {
    return to_pixel(std::nearbyint(value));
}

}  // namespace

std::array<double, 4> regress_square(const SquareRegressor& regressor, const FivePoints& points) {
    Point mean;
    for (const Point& point : points) {
        mean.x += point.x / 5;
        mean.y += point.y / 5;
    }
    double squares = 0;
    std::array<double, 10> shape{};
    for (std::size_t i = 0; i < points.size(); ++i) {
        shape[2 * i] = points[i].x - mean.x;
        shape[2 * i + 1] = points[i].y - mean.y;
        squares += shape[2 * i] * shape[2 * i] + shape[2 * i + 1] * shape[2 * i + 1];
    }
    const double spread = std::sqrt(squares / 5);
    std::array<double, 3> out{regressor.b2[0], regressor.b2[1], regressor.b2[2]};
    for (std::size_t unit = 0; unit < regressor.b1.size(); ++unit) {
        double sum = regressor.b1[unit];
        for (std::size_t i = 0; i < shape.size(); ++i) {
            sum += regressor.w1[shape.size() * unit + i] * (shape[i] / spread);
        }
        const double activation = 2 / (1 + std::exp(-2 * sum)) - 1;
        for (std::size_t i = 0; i < out.size(); ++i) {
            out[i] += regressor.w2[regressor.b1.size() * i + unit] * activation;
        }
    }
    const double side = crop_a_side / out[2] * spread;
    return {out[0] * spread + mean.x, out[1] * spread + mean.y, side, side};
}

LandmarkFrame landmark_frame(const cv::Size& photo, const std::array<double, 4>& square) {
    LandmarkFrame frame;
    for (std::size_t i = 0; i < 4; ++i) {
        frame.box[i] = rounded_half_to_even(square[i]);
    }
    const auto [x, y, width, height] = frame.box;
    // Officially the photo is laid into the middle of a black one of twice its size. A square that begins
    // before that is a failure; one that ends behind it is silently cut short and then stretched.
    const int half_width = photo.width / 2;
    const int half_height = photo.height / 2;
    if (x + half_width < 0 || y + half_height < 0) {
        throw_cut_off();
    }
    const int right = std::min(x + width, 2 * photo.width - half_width);
    const int bottom = std::min(y + height, 2 * photo.height - half_height);
    if (right <= x || bottom <= y) {
        throw_cut_off();
    }
    frame.wanted = {x, y, right - x, bottom - y};
    frame.scale = static_cast<double>(crop_a_side) / height;
    return frame;
}

LandmarkCrop cut_landmark_crop(const cv::Mat& photo, const std::array<double, 4>& square) {
    LandmarkCrop crop{landmark_frame(photo.size(), square), {}};
    cv::Mat part = cv::Mat::zeros(crop.wanted.size(), photo.type());
    const cv::Rect inside = crop.wanted & cv::Rect(0, 0, photo.cols, photo.rows);
    if (!inside.empty()) {
        photo(inside).copyTo(part(inside - crop.wanted.tl()));
    }
    cv::resize(part, crop.image, cv::Size(crop_a_side, crop_a_side), 0, 0, cv::INTER_CUBIC);
    return crop;
}

}  // namespace hrn::front
