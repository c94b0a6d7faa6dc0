// Crops and landmarks of front.md 7 against the golden numbers, and the faces that cannot be cropped.
#include "worker/hrn/front/alignment.hpp"

#include <gtest/gtest.h>

#include "tests/unit/hrn/front/golden_data.hpp"
#include "tests/unit/hrn/front/golden_photos.hpp"
#include "worker/hrn/face_error.hpp"
#include "worker/hrn/front/face_mask.hpp"

namespace hrn::front {
namespace {

using golden_data::expect_golden;
using golden_data::numbers;

StandardPoints standard_of(const std::string& id) {
    const std::vector<double> values = numbers(id);
    StandardPoints points{};
    for (std::size_t i = 0; i < 15; ++i) {
        points[i / 3][i % 3] = values[i];
    }
    return points;
}

Points68 landmarks_of(const std::string& id) {
    const std::vector<double> values = numbers(id);
    Points68 points{};
    std::copy(values.begin(), values.end(), points.begin());
    return points;
}

class AlignImage : public testing::TestWithParam<const char*> {
protected:
    std::string id(const std::string& name) const { return std::string(GetParam()) + ".align_img." + name; }
    Photo photo_ = golden_data::photo_of(GetParam());
    Points68 landmarks_ = landmarks_of(id("landmarks68"));
    StandardPoints standard_ = standard_of(id("lm3d_std"));
    Alignment alignment_ = align(landmarks_, photo_.width, photo_.height, standard_);
};

TEST_P(AlignImage, FitsTheFivePoints) {
    std::vector<double> five;
    for (const auto& point : five_points_up(landmarks_, photo_.height)) {
        five.insert(five.end(), point.begin(), point.end());
    }
    expect_golden(id("points5"), five);
    const WeakPerspective& fit = alignment_.fit;
    expect_golden(id("pos_t_s"), std::vector<double>{fit.tx, fit.ty, fit.scale});
}

TEST_P(AlignImage, PlacesBothCrops) {
    for (const CropFrame* frame : {&alignment_.crop_224, &alignment_.crop_512}) {
        const std::string size = std::to_string(frame->size);
        expect_golden(id("resized_size_" + size), std::vector<std::int64_t>{frame->width, frame->height});
        expect_golden(id("trans_" + size),
                      std::vector<double>{double(photo_.width), double(photo_.height), frame->scale,
                                          alignment_.fit.tx, alignment_.fit.ty});
        const auto points =
            landmarks_in_crop(landmarks_, alignment_.fit, *frame, photo_.width, photo_.height);
        expect_golden(id("lm_" + size), std::vector<double>(points.begin(), points.end()));
    }
}

TEST_P(AlignImage, CutsTheCropsToTheByte) {
    const AlignedFace face = align_face(photo_, landmarks_, standard_);
    EXPECT_EQ(expect_golden(id("image_224"), face.image_224), 0);
    EXPECT_EQ(expect_golden(id("image_512"), face.image_512), 0);
}

INSTANTIATE_TEST_SUITE_P(GoldenCases, AlignImage, testing::Values("astronaut", "smooth"),
                         [](const auto& info) { return std::string(info.param); });

TEST(Alignment, FitsAnyPointsByLeastSquares) {
    const std::vector<double> given = numbers("pure.pos.points");
    FivePoints points;
    for (std::size_t i = 0; i < 5; ++i) {
        points[i] = {given[2 * i], given[2 * i + 1]};
    }
    const WeakPerspective fit = fit_weak_perspective(points, standard_of("pure.pos.lm3d"));
    expect_golden("pure.pos.t_s", std::vector<double>{fit.tx, fit.ty, fit.scale});
}

TEST(Alignment, MapsACropPixelBackToThePhoto) {
    const Photo photo = golden_data::astronaut();
    const Points68 landmarks = landmarks_of("astronaut.align_img.landmarks68");
    const AlignedFace face = align_face(photo, landmarks, standard_of("astronaut.align_img.lm3d_std"));
    for (int i = 0; i < 68; ++i) {
        const double x = (face.landmarks_224[2 * i] + face.left_224) / face.scale_224;
        const double y = (223 - face.landmarks_224[2 * i + 1] + face.up_224) / face.scale_224;
        // The crop's corner and size are whole pixels, so up to some of them are lost.
        EXPECT_NEAR(x, landmarks[2 * i], 2 / face.scale_224);
        EXPECT_NEAR(y, landmarks[2 * i + 1], 2 / face.scale_224);
    }
}

TEST(Alignment, RefusesLandmarksInOnePoint) {
    Points68 landmarks{};
    landmarks.fill(50);
    const StandardPoints standard = standard_of("astronaut.align_img.lm3d_std");
    try {
        (void)align(landmarks, 300, 300, standard);
        FAIL() << "a crop of nothing";
    } catch (const FaceFailure& failure) {
        EXPECT_EQ(failure.error().code, FaceErrorCode::face_cut_off);
    }
}

TEST(Alignment, RefusesNumbersThatAreNone) {
    Points68 landmarks = landmarks_of("astronaut.align_img.landmarks68");
    landmarks[2 * 30] = std::nanf("");
    EXPECT_THROW((void)align(landmarks, 512, 512, standard_of("astronaut.align_img.lm3d_std")), FaceFailure);
}

TEST(HullMask, CoversTheLandmarksAndTheForeheadOnly) {
    const Points68 landmarks = [] {
        const std::vector<double> values = numbers("astronaut.align_img.lm_224");
        Points68 points{};
        std::copy(values.begin(), values.end(), points.begin());
        return points;
    }();
    const std::vector<std::uint8_t> mask = hull_mask(landmarks);
    ASSERT_EQ(mask.size(), 224U * 224);
    const auto at = [&](double x, double y_up) {
        return mask[static_cast<std::size_t>(223 - std::lround(y_up)) * 224 + std::lround(x)];
    };
    EXPECT_EQ(at(landmarks[60], landmarks[61]), 255) << "the nose";
    const double brow_y = (landmarks[2 * 19 + 1] + landmarks[2 * 24 + 1]) / 2;
    const double brow_x = (landmarks[2 * 19] + landmarks[2 * 24]) / 2;
    const double raised = 0.5 * (brow_y - landmarks[61]);
    EXPECT_EQ(at(brow_x, brow_y + raised), 255) << "the forehead";
    EXPECT_EQ(mask[0], 0);
    EXPECT_EQ(mask[224 * 224 - 1], 0);
}

}  // namespace
}  // namespace hrn::front
