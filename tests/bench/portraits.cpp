#include "tests/bench/portraits.hpp"

#include <algorithm>
#include <cmath>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>
#include <random>
#include <stdexcept>

namespace hrn::bench {

namespace {

constexpr double kFaceColumn = 0.44;  // where the face's middle lies in the portrait, share of its width
constexpr int kQuality = 90;

}  // namespace

cv::Mat read_portrait(const std::string& path) {
    cv::Mat portrait = cv::imread(path, cv::IMREAD_COLOR);
    if (portrait.empty()) {
        throw std::runtime_error(path + ": cannot be read as an image");
    }
    return portrait;
}

std::vector<std::uint8_t> make_portrait(const cv::Mat& portrait, double megapixels, unsigned seed) {
    std::mt19937 random(seed);
    const auto between = [&](double low, double high) {
        return low +
               (high - low) * (static_cast<double>(random()) / static_cast<double>(std::mt19937::max()));
    };
    const int height = static_cast<int>(std::lround(std::sqrt(megapixels * 1e6 * 4 / 3)));
    const int width = static_cast<int>(std::lround(height * 3.0 / 4));
    const int side = static_cast<int>(std::lround(height * between(1.0, 1.12)));
    const double left = kFaceColumn * side - width / 2.0 + between(-0.04, 0.04) * width;
    const int x = std::clamp(static_cast<int>(std::lround(left)), 0, side - width);
    const int y = static_cast<int>(std::lround(between(0, 0.6) * (side - height)));

    cv::Mat large;
    cv::resize(portrait, large, cv::Size(side, side), 0, 0, cv::INTER_CUBIC);
    cv::Mat picture = large(cv::Rect(x, y, width, height)).clone();
    const cv::Scalar gain(between(0.92, 1.06), between(0.92, 1.06), between(0.92, 1.06));
    cv::multiply(picture, gain, picture);
    // Enlarged pixels are smooth; a camera's are not, and a decoder's work grows with what is in them.
    cv::Mat noise(picture.size(), CV_8UC3);
    cv::RNG generator(seed + 1);
    generator.fill(noise, cv::RNG::NORMAL, cv::Scalar::all(8), cv::Scalar::all(3));
    picture = picture + noise - cv::Scalar::all(8);

    std::vector<std::uint8_t> file;
    cv::imencode(".jpg", picture, file, {cv::IMWRITE_JPEG_QUALITY, kQuality});
    return file;
}

}  // namespace hrn::bench
