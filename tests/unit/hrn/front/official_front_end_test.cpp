// The official chain from photo to aligned faces, with stand-ins for the networks: what is tested is who gets
// what, in which order, and that one photo's failure is its own.
#include "worker/hrn/front/official_front_end.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/hrn/front/fake_networks.hpp"
#include "worker/hrn/image/synthetic_photo.hpp"

namespace hrn::front {
namespace {

using testing::HasSubstr;

StandardPoints test_points() {
    const std::vector<double> values = golden_data::numbers("astronaut.align_img.lm3d_std");
    StandardPoints points{};
    for (std::size_t i = 0; i < 15; ++i) {
        points[i / 3][i % 3] = values[i];
    }
    return points;
}

Photo plain(int width, int height, std::uint8_t grey) {
    return {width, height, std::vector<std::uint8_t>(std::size_t{3} * width * height, grey)};
}

class OfficialFront : public testing::Test {
protected:
    OfficialFrontEnd make(FaceChoice faces = FaceChoice::first) {
        auto networks = std::make_unique<FakeNetworks>();
        networks_ = networks.get();
        return {test_points(), std::move(networks), {.faces = faces, .threads = 2}, nullptr, {"a warning"}};
    }
    static std::vector<FrontResult> align(OfficialFrontEnd& front_end, std::vector<Photo> photos) {
        std::vector<std::unique_ptr<PreparedPhoto>> prepared;
        std::vector<PreparedPhoto*> pointers;
        for (Photo& photo : photos) {
            prepared.push_back(front_end.prepare(std::move(photo)));
            pointers.push_back(prepared.back().get());
        }
        return front_end.align(pointers);
    }
    FakeNetworks* networks_ = nullptr;
};

TEST_F(OfficialFront, GivesTheCoreAllThatItNeeds) {
    OfficialFrontEnd front_end = make();
    const std::vector<FrontResult> results = align(front_end, {image::smooth_image(512, 512, 1)});
    ASSERT_EQ(results.size(), 1U);
    ASSERT_FALSE(results[0].error) << results[0].error->message;
    EXPECT_EQ(results[0].faces_detected, 2);
    ASSERT_EQ(results[0].faces.size(), 1U);
    const AlignedFace& face = results[0].faces[0];
    EXPECT_EQ(face.front_end, FrontEndKind::official);
    EXPECT_EQ(face.mask, MaskSource::hull);
    EXPECT_EQ(face.image_224.size(), 224U * 224 * 3);
    EXPECT_EQ(face.image_512.size(), 512U * 512 * 3);
    EXPECT_EQ(face.texture_target_224.size(), 224U * 224 * 3);
    EXPECT_NEAR(face.detector_score, 1 / (1 + std::exp(-6)), 1e-6);
    // The anchor of 256 pixels around the cell (7.5 * 32).
    EXPECT_EQ(face.box, (std::array<float, 4>{112, 112, 368, 368}));
    EXPECT_EQ(front_end.warnings(), std::vector<std::string>{"a warning"});
}

TEST_F(OfficialFront, GivesEachPhotoItsOwnVerdict) {
    OfficialFrontEnd front_end = make();
    const std::vector<FrontResult> results =
        align(front_end, {plain(400, 300, 0), image::smooth_image(300, 420, 3), plain(128, 512, 255),
                          image::smooth_image(16, 3000), image::smooth_image(512, 512, 1)});
    ASSERT_EQ(results.size(), 5U);
    ASSERT_TRUE(results[0].error);
    EXPECT_EQ(results[0].error->code, FaceErrorCode::no_face);
    EXPECT_FALSE(results[1].error);
    ASSERT_TRUE(results[2].error);
    EXPECT_EQ(results[2].error->code, FaceErrorCode::face_cut_off);
    EXPECT_THAT(results[2].error->message, HasSubstr("outside the photo"));
    ASSERT_TRUE(results[3].error);
    EXPECT_EQ(results[3].error->code, FaceErrorCode::image_too_small);
    EXPECT_FALSE(results[4].error);
}

TEST_F(OfficialFront, GivesTheSameInAnyBatch) {
    OfficialFrontEnd front_end = make();
    const Photo photo = image::smooth_image(420, 300, 5);
    const std::vector<FrontResult> alone = align(front_end, {photo});
    const std::vector<FrontResult> among =
        align(front_end, {image::smooth_image(512, 512, 1), plain(64, 64, 0), photo});
    ASSERT_FALSE(alone[0].error);
    EXPECT_EQ(alone[0].faces[0].image_512, among[2].faces[0].image_512);
    EXPECT_EQ(alone[0].faces[0].texture_target_224, among[2].faces[0].texture_target_224);
    EXPECT_EQ(alone[0].faces[0].landmarks_224, among[2].faces[0].landmarks_224);
}

TEST_F(OfficialFront, ReportsThatTheAlignedCropHasNoFace) {
    OfficialFrontEnd front_end = make();
    networks_->finds_in_crop = false;
    const std::vector<FrontResult> results = align(front_end, {image::smooth_image(512, 512, 1)});
    ASSERT_TRUE(results[0].error);
    EXPECT_EQ(results[0].error->code, FaceErrorCode::no_face);
    EXPECT_THAT(results[0].error->message, HasSubstr("aligned crop"));
}

TEST_F(OfficialFront, TakesAllFacesWithTheSurestFirst) {
    OfficialFrontEnd front_end = make(FaceChoice::all);
    const std::vector<FrontResult> results = align(front_end, {image::smooth_image(512, 512, 1)});
    ASSERT_EQ(results[0].faces.size(), 2U);
    EXPECT_GT(results[0].faces[0].detector_score, results[0].faces[1].detector_score);
}

TEST_F(OfficialFront, AsksTheDetectorOncePerPhotoAndOncePerFace) {
    OfficialFrontEnd front_end = make();
    (void)align(front_end, {image::smooth_image(512, 512, 1), plain(300, 300, 0)});
    EXPECT_EQ(networks_->images_seen(), 2 + 1) << "two photos, and one crop for its texture target";
}

TEST_F(OfficialFront, TakesTheCropItselfWhereTheEnlargementHasNoFace) {
    OfficialFrontEnd front_end = make();
    // The photo's middle shows a face; the crop's middle is made black by a dark square where it will lie.
    Photo photo = image::smooth_image(512, 512, 1);
    const std::vector<FrontResult> bright = align(front_end, {photo});
    ASSERT_FALSE(bright[0].error);
    const AlignedFace& reference = bright[0].faces[0];
    const double x = (112 + reference.left_224) / reference.scale_224;
    const double y = (112 + reference.up_224) / reference.scale_224;
    const auto reach = static_cast<int>(std::ceil(6 / reference.scale_224));
    for (int row = std::max(0, int(y) - reach); row < std::min(512, int(y) + reach); ++row) {
        for (int column = std::max(0, int(x) - reach); column < std::min(512, int(x) + reach); ++column) {
            if (row == 256 && column == 256) {
                continue;  // what the detector looks at
            }
            std::fill_n(photo.rgb.begin() + 3 * (512 * row + column), 3, std::uint8_t{0});
        }
    }
    const std::vector<FrontResult> dark = align(front_end, {photo});
    ASSERT_FALSE(dark[0].error);
    EXPECT_FALSE(dark[0].faces[0].warped);
    EXPECT_EQ(dark[0].faces[0].texture_target_224, dark[0].faces[0].image_224);
}

}  // namespace
}  // namespace hrn::front
