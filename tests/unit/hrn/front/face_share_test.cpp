#include "worker/hrn/front/face_share.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <opencv2/imgcodecs.hpp>
#include <vector>

#include "worker/hrn/face_error.hpp"

namespace hrn::front {
namespace {

std::vector<std::byte> bytes_of(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    const std::vector<char> chars((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
    std::vector<std::byte> bytes;
    for (const char c : chars) {
        bytes.push_back(static_cast<std::byte>(c));
    }
    return bytes;
}

std::vector<std::byte> png_of(const cv::Mat& image) {
    std::vector<unsigned char> encoded;
    cv::imencode(".png", image, encoded);
    std::vector<std::byte> bytes;
    for (const unsigned char c : encoded) {
        bytes.push_back(static_cast<std::byte>(c));
    }
    return bytes;
}

TEST(FaceShare, FindsHowMuchOfThePortraitTheFaceCovers) {
    FaceShare faces;
    const double share = faces.largest(bytes_of(HRN_TEST_DATA_DIR "/astronaut.png"), 512 * 512);
    EXPECT_GT(share, 0.02);
    EXPECT_LT(share, 0.2);
}

TEST(FaceShare, IsNothingWithoutAFace) {
    FaceShare faces;
    EXPECT_EQ(faces.largest(png_of(cv::Mat(300, 400, CV_8UC3, cv::Scalar(90, 120, 150))), 300 * 400), 0);
}

TEST(FaceShare, RefusesWhatIsNoImage) {
    FaceShare faces;
    const std::vector<std::byte> garbage(1000, std::byte{0x5A});
    EXPECT_THROW(static_cast<void>(faces.largest(garbage, 1000)), FaceFailure);
}

}  // namespace
}  // namespace hrn::front
