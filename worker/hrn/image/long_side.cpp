#include "worker/hrn/image/long_side.hpp"

#include <algorithm>
#include <opencv2/imgproc.hpp>
#include <string>

#include "worker/hrn/face_error.hpp"

namespace hrn::image {

cv::Mat matrix_of(const Photo& photo) {
    // OpenCV has no read-only matrix; nobody writes through this one.
    return cv::Mat(photo.height, photo.width, CV_8UC3, const_cast<std::uint8_t*>(photo.rgb.data()));
}

LongSide resize_long_side(const cv::Mat& image, int long_side) {
    LongSide result;
    cv::Size size;
    if (image.rows > image.cols) {
        result.scale = static_cast<double>(long_side) / image.rows;
        size = cv::Size(static_cast<int>(image.cols * result.scale), long_side);
    } else {
        result.scale = static_cast<double>(long_side) / image.cols;
        size = cv::Size(long_side, static_cast<int>(image.rows * result.scale));
    }
    cv::resize(image, result.image, size, 0, 0, cv::INTER_CUBIC);
    return result;
}

bool exceeds_limit(const Photo& photo) {
    return photo.width > long_side_limit || photo.height > long_side_limit;
}

LimitedPhoto limit_long_side(const Photo& photo) {
    if (!exceeds_limit(photo)) {
        return {photo, 1};
    }
    const LongSide resized = resize_long_side(matrix_of(photo), long_side_shrunken);
    LimitedPhoto result;
    result.scale = resized.scale;
    result.photo.width = resized.image.cols;
    result.photo.height = resized.image.rows;
    if (std::min(result.photo.width, result.photo.height) < smallest_side) {
        throw FaceFailure(FaceErrorCode::image_too_small, std::to_string(photo.width) + " x " +
                                                              std::to_string(photo.height) +
                                                              " pixels: too narrow to find a face in");
    }
    result.photo.rgb.assign(resized.image.datastart, resized.image.dataend);
    return result;
}

}  // namespace hrn::image
