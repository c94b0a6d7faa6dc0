#include "worker/hrn/output/photo_texture.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <fstream>
#include <iterator>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>
#include <stdexcept>
#include <string>

#include "tests/unit/hrn/output/test_face.hpp"
#include "worker/hrn/output/camera.hpp"

namespace hrn::output {
namespace {

// A photo four times as fine as the crop; red grows to the right, green downwards, both linearly.
struct Case {
    testing::GridMesh mesh = testing::dome(60);
    Reconstruction face = testing::reconstruction_of(mesh);
    AlignedFace aligned = testing::aligned_face();
    Photo picture = blank(896, 896, 0);
    PhotoOfFace photo{&picture, 0, 0};

    Case() {
        aligned.scale_224 = 0.25;
        for (int row = 0; row < picture.height; ++row) {
            for (int column = 0; column < picture.width; ++column) {
                auto* pixel = &picture.rgb[3 * static_cast<std::size_t>(row * picture.width + column)];
                pixel[0] = static_cast<std::uint8_t>(column * 255 / 896);
                pixel[1] = static_cast<std::uint8_t>(row * 255 / 896);
                pixel[2] = 200;
            }
        }
    }
    Case(const Case&) = delete;
    Case& operator=(const Case&) = delete;

    [[nodiscard]] Picture texture(int size) const {
        return texture_from_photo(face, aligned, photo, mesh.topology, size);
    }
};

const std::uint8_t* texel(const Picture& texture, int column, int row) {
    return &texture.rgb[3 * static_cast<std::size_t>(row * texture.width + column)];
}

// What the photo shows of the dome's point at (p, q), as the camera sees it.
std::array<float, 2> expected_red_green(float p, float q) {
    const CropPoint point = project(0.8F * p, 0.8F * q, 0.6F * (1 - p * p / 2 - q * q / 2));
    return {point.x * 255 / 224, point.y * 255 / 224};
}

void expect_photo_colours(const Picture& texture) {
    for (const float p : {-0.6F, -0.25F, 0.0F, 0.4F}) {
        for (const float q : {-0.5F, 0.1F, 0.6F}) {
            const float u = 0.5F + 0.45F * p, v = 0.5F + 0.45F * q;
            const auto* got = texel(texture, static_cast<int>(u * static_cast<float>(texture.width)),
                                    static_cast<int>((1 - v) * static_cast<float>(texture.height)));
            const auto want = expected_red_green(p, q);
            EXPECT_NEAR(got[0], want[0], 1.5) << p << ' ' << q;
            EXPECT_NEAR(got[1], want[1], 1.5) << p << ' ' << q;
            EXPECT_EQ(got[2], 200);
        }
    }
}

TEST(PhotoTexture, TakesEachVisibleTexelFromItsPlaceInThePhoto) {
    const Case c;
    expect_photo_colours(c.texture(1000));  // finer than the photo
    expect_photo_colours(c.texture(300));   // coarser: the photo is shrunk first
}

TEST(PhotoTexture, FindsThePlaceInAnOriginalLargerThanTheFrame) {
    Case c;
    c.photo.frame_width = c.photo.frame_height = 448;  // the front end saw half the size
    c.aligned.scale_224 = 0.5;
    expect_photo_colours(c.texture(600));
}

// The official 224 crop of the astronaut is an enlargement; looking through the map must find the same
// picture.
TEST(PhotoTexture, LooksThroughTheOfficialCropAtTheRightPlaceOfThePhoto) {
    const cv::Mat photo = cv::imread(HRN_TEST_DATA_DIR "/astronaut.png", cv::IMREAD_COLOR);
    ASSERT_EQ(photo.size(), cv::Size(512, 512));
    std::ifstream file(HRN_TEST_DATA_DIR "/golden/front/astronaut.align_img.image_224.npy", std::ios::binary);
    const std::string npy{std::istreambuf_iterator<char>(file), {}};
    constexpr std::size_t crop_bytes = 224 * 224 * 3;
    ASSERT_GT(npy.size(), crop_bytes);
    const auto* crop = reinterpret_cast<const std::uint8_t*>(npy.data() + npy.size() - crop_bytes);

    AlignedFace aligned = testing::aligned_face();
    aligned.scale_224 = 1.55391482;  // the golden trans_224, and front.md 7 for the edges
    aligned.left_224 = 235;
    aligned.up_224 = 71;
    const CropToPhoto map = crop_to_photo(aligned, 512, 512, 512, 512);
    cv::Mat x(224, 224, CV_32FC1), y(224, 224, CV_32FC1), found;
    for (int row = 0; row < 224; ++row) {
        for (int column = 0; column < 224; ++column) {
            x.at<float>(row, column) = static_cast<float>(map.scale_x * (column + 0.5) + map.offset_x - 0.5);
            y.at<float>(row, column) = static_cast<float>(map.scale_y * (row + 0.5) + map.offset_y - 0.5);
        }
    }
    cv::remap(photo, found, x, y, cv::INTER_CUBIC, cv::BORDER_REPLICATE);
    double sum = 0;
    for (int row = 0; row < 224; ++row) {
        for (int column = 0; column < 224; ++column) {
            for (int channel = 0; channel < 3; ++channel) {
                sum += std::abs(found.at<cv::Vec3b>(row, column)[2 - channel] -
                                crop[3 * (row * 224 + column) + channel]);
            }
        }
    }
    EXPECT_LT(sum / crop_bytes, 1.0);  // a quarter of a crop pixel off in one axis: over 1.5
}

TEST(PhotoTexture, KeepsTheFitOutsideTheMeshAndTheMask) {
    Case c;
    for (std::size_t row = 0; row < 256; ++row) {
        for (std::size_t column = 0; column < 128; ++column) {
            c.face.smoothed_mask[row * 256 + column] = 0;
        }
    }
    const Picture texture = c.texture(512);
    EXPECT_EQ(texel(texture, 2, 256)[2], 64);    // outside the mesh: the fit's blue, 0.25
    EXPECT_EQ(texel(texture, 150, 256)[2], 64);  // masked out
    EXPECT_EQ(texel(texture, 350, 256)[2], 200);
}

TEST(PhotoTexture, HasNoStepBetweenFitAndPhoto) {
    const Case c;
    const auto weights = photo_weights(c.face, c.aligned, c.photo, c.mesh.topology);
    float largest = 0;
    for (std::size_t i = 1; i < weights.size(); ++i) {
        if (i % 256 != 0) {
            largest = std::max(largest, std::abs(weights[i] - weights[i - 1]));
        }
    }
    EXPECT_LT(largest, 0.2F);
    EXPECT_GT(weights[128 * 256 + 128], 0.999F);
    EXPECT_EQ(weights[0], 0.0F);
    // The mesh's first column of texels is 13: the ramp has come down to 0 before the mesh ends.
    EXPECT_EQ(weights[128 * 256 + 13], 0.0F);
    EXPECT_GT(weights[128 * 256 + 18], 0.2F);
}

TEST(PhotoTexture, TakesNothingFromSurfaceThatTurnsAway) {
    Case c;
    for (std::size_t i = 0; i < c.face.normals.size(); i += 3) {
        if (c.face.vertices[i] < -0.2F) {
            c.face.normals[i] = -1;
            c.face.normals[i + 1] = c.face.normals[i + 2] = 0;
        }
    }
    const auto weights = photo_weights(c.face, c.aligned, c.photo, c.mesh.topology);
    EXPECT_LT(weights[128 * 256 + 50], 0.01F);
    EXPECT_GT(weights[128 * 256 + 180], 0.99F);
}

TEST(PhotoTexture, UsesTheFitAloneWhenTheFaceLiesOutsideThePhoto) {
    Case c;
    c.aligned.left_224 = 10'000;
    const Picture texture = c.texture(300);
    EXPECT_EQ(texel(texture, 150, 150)[2], 64);
}

TEST(PhotoTexture, RefusesAMissingPhotoAndAWrongSize) {
    Case c;
    EXPECT_THROW(c.texture(256), std::invalid_argument);
    EXPECT_THROW(c.texture(2049), std::invalid_argument);
    c.photo.photo = nullptr;
    EXPECT_THROW(c.texture(512), std::invalid_argument);
}

}  // namespace
}  // namespace hrn::output
