#include "worker/hrn/output/image_codec.hpp"

#include <algorithm>
#include <cstddef>
#include <opencv2/core.hpp>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>
#include <stdexcept>
#include <vector>

namespace hrn::output {

namespace {

constexpr int texture_jpeg_quality = 95;  // OpenCV's own default, which the authors' repository uses

std::string encode(const Picture& picture, const char* extension, const std::vector<int>& parameters) {
    const auto pixels = static_cast<std::size_t>(picture.width) * static_cast<std::size_t>(picture.height);
    if (picture.width <= 0 || picture.height <= 0 || picture.rgb.size() != 3 * pixels) {
        throw std::invalid_argument("picture: " + std::to_string(picture.rgb.size()) + " bytes for " +
                                    std::to_string(picture.width) + " x " + std::to_string(picture.height));
    }
    // OpenCV takes no pointer to const, but reads only.
    const cv::Mat rgb(picture.height, picture.width, CV_8UC3, const_cast<std::uint8_t*>(picture.rgb.data()));
    thread_local cv::Mat bgr;
    thread_local std::vector<std::uint8_t> bytes;
    cv::cvtColor(rgb, bgr, cv::COLOR_RGB2BGR);
    try {
        if (!cv::imencode(extension, bgr, bytes, parameters)) {
            throw OutputError(std::string("a picture could not be encoded as ") + extension);
        }
    } catch (const cv::Exception& error) {
        throw OutputError(std::string("a picture could not be encoded as ") + extension + ": " + error.err);
    }
    return {bytes.begin(), bytes.end()};
}

}  // namespace

std::uint8_t to_byte(float value) {
    // Clamped first: beyond the integers OpenCV's own saturation gives 0 for a large number.
    return cv::saturate_cast<std::uint8_t>(std::clamp(value, 0.0F, 255.0F));
}

Picture quantise(std::span<const float> rgb, int side) {
    if (side <= 0 || rgb.size() != 3 * static_cast<std::size_t>(side) * static_cast<std::size_t>(side)) {
        throw std::invalid_argument("texture: " + std::to_string(rgb.size()) + " numbers for " +
                                    std::to_string(side) + " x " + std::to_string(side) + " x 3");
    }
    check_finite(rgb, "texture");
    Picture picture{side, side, std::vector<std::uint8_t>(rgb.size())};
    std::transform(rgb.begin(), rgb.end(), picture.rgb.begin(), [](float x) { return to_byte(x * 255.0F); });
    return picture;
}

std::string encode_jpeg(const Picture& picture, int quality) {
    return encode(picture, ".jpg", {cv::IMWRITE_JPEG_QUALITY, quality});
}

std::string encode_png(const Picture& picture) {
    return encode(picture, ".png", {});
}

std::string encode_texture(const Picture& picture, TextureFormat format) {
    return format == TextureFormat::png ? encode_png(picture) : encode_jpeg(picture, texture_jpeg_quality);
}

const char* texture_file_name(TextureFormat format) {
    return format == TextureFormat::png ? "texture.png" : "texture.jpg";
}

const char* texture_mime_type(TextureFormat format) {
    return format == TextureFormat::png ? "image/png" : "image/jpeg";
}

}  // namespace hrn::output
