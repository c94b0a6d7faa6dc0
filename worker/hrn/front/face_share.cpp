#include "worker/hrn/front/face_share.hpp"

#include <dlib/image_processing/frontal_face_detector.h>

#include <algorithm>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>
#include <vector>

#include "worker/hrn/face_error.hpp"

namespace hrn::front {
namespace {

constexpr double kSide = 480;        // the detector's smallest face (80 pixels) is a thirty-sixth of it then
constexpr double kKeepPixels = 1e6;  // decoders may reduce as long as so much is left

int reduced_flag(std::uint64_t pixels) {
    const auto size = static_cast<double>(pixels);
    if (size / 64 > kKeepPixels) {
        return cv::IMREAD_REDUCED_GRAYSCALE_8;
    }
    if (size / 16 > kKeepPixels) {
        return cv::IMREAD_REDUCED_GRAYSCALE_4;
    }
    return size / 4 > kKeepPixels ? cv::IMREAD_REDUCED_GRAYSCALE_2 : cv::IMREAD_GRAYSCALE;
}

}  // namespace

struct FaceShare::Parts {
    dlib::frontal_face_detector detector = dlib::get_frontal_face_detector();
};

FaceShare::FaceShare() : parts_(std::make_unique<Parts>()) {}
FaceShare::~FaceShare() = default;

double FaceShare::largest(std::span<const std::byte> file, std::uint64_t pixels) {
    const cv::Mat bytes(1, static_cast<int>(file.size()), CV_8UC1, const_cast<std::byte*>(file.data()));
    cv::Mat grey;
    try {
        grey = cv::imdecode(bytes, reduced_flag(pixels));
    } catch (const cv::Exception& error) {
        throw FaceFailure(FaceError{FaceErrorCode::unreadable_image, error.what()});
    }
    if (grey.empty()) {
        throw FaceFailure(FaceError{FaceErrorCode::unreadable_image, "it cannot be decoded"});
    }
    const double scale = kSide / std::max(grey.cols, grey.rows);
    if (scale < 1) {
        cv::resize(grey, grey, cv::Size(), scale, scale, cv::INTER_AREA);
    }
    dlib::array2d<unsigned char> image(grey.rows, grey.cols);
    for (int row = 0; row < grey.rows; ++row) {
        std::copy_n(grey.ptr<unsigned char>(row), grey.cols, &image[row][0]);
    }
    double largest = 0;
    for (const dlib::rectangle& face : parts_->detector(image)) {
        largest = std::max(largest, static_cast<double>(face.area()));
    }
    return std::min(1.0, largest / (static_cast<double>(grey.cols) * grey.rows));
}

}  // namespace hrn::front
