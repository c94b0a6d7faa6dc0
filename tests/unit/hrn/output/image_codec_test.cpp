#include "worker/hrn/output/image_codec.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <opencv2/imgcodecs.hpp>
#include <stdexcept>
#include <vector>

#include "tests/unit/hrn/output/test_face.hpp"

namespace hrn::output {
namespace {

cv::Mat decode(const std::string& bytes) {
    return cv::imdecode(std::vector<unsigned char>(bytes.begin(), bytes.end()), cv::IMREAD_COLOR);
}

TEST(Quantise, RoundsHalvesToEvenAndSaturates) {
    std::vector<float> rgb(12, 0.0F);
    rgb[0] = 2.5F / 255;
    rgb[1] = 3.5F / 255;
    rgb[2] = -0.7F;
    rgb[3] = 1.3F;
    rgb[4] = 1e20F;
    const Picture picture = quantise(rgb, 2);
    EXPECT_EQ(std::vector<std::uint8_t>(picture.rgb.begin(), picture.rgb.begin() + 5),
              (std::vector<std::uint8_t>{2, 4, 0, 255, 255}));
}

TEST(Quantise, RefusesNanAndAWrongSize) {
    EXPECT_THROW(quantise(std::vector<float>(12, std::numeric_limits<float>::quiet_NaN()), 2), OutputError);
    EXPECT_THROW(quantise(std::vector<float>(11), 2), std::invalid_argument);
}

TEST(Encode, WritesThePngToTheBitAndUpright) {
    const auto face = testing::reconstruction_of(testing::dome(5));
    const cv::Mat got = decode(encode_texture(quantise(face.texture, 256), TextureFormat::png));
    ASSERT_EQ(got.size(), cv::Size(256, 256));
    // Row 0 is v = 1 (green), the last column u = 1 (red); OpenCV gives B, G, R.
    EXPECT_EQ(got.at<cv::Vec3b>(0, 0), cv::Vec3b(64, 255, 0));
    EXPECT_EQ(got.at<cv::Vec3b>(255, 255), cv::Vec3b(64, 0, 255));
}

TEST(Encode, WritesAJpegThatLooksTheSame) {
    const auto face = testing::reconstruction_of(testing::dome(5));
    const std::string bytes = encode_texture(quantise(face.texture, 256), TextureFormat::jpg);
    EXPECT_EQ(bytes.substr(0, 2), "\xff\xd8");
    const cv::Mat got = decode(bytes);
    const auto pixel = got.at<cv::Vec3b>(64, 192);
    EXPECT_NEAR(pixel[1], 191, 4);
    EXPECT_NEAR(pixel[2], 192, 4);
}

TEST(Encode, RefusesAPictureThatIsNotWhole) {
    EXPECT_THROW(encode_png(Picture{3, 3, std::vector<std::uint8_t>(26)}), std::invalid_argument);
    EXPECT_THROW(encode_png(Picture{}), std::invalid_argument);
}

}  // namespace
}  // namespace hrn::output
