// The built-in front end on the portrait of the repository. dlib's own numbers may move a little from version
// to version, so what is asserted is what a user can see: one face, where it is, whole crops.
#include "worker/hrn/front/dlib_front_end.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <opencv2/imgproc.hpp>
#include <thread>

#include "tests/unit/hrn/front/golden_data.hpp"
#include "tests/unit/hrn/front/golden_photos.hpp"
#include "worker/hrn/front/face_choice.hpp"
#include "worker/hrn/image/long_side.hpp"
#include "worker/model/array.hpp"

namespace hrn::front {
namespace {

// The standard points of the golden cases stand in for those of a model directory.
StandardPoints test_points() {
    const std::vector<double> values = golden_data::numbers("astronaut.align_img.lm3d_std");
    StandardPoints points{};
    for (std::size_t i = 0; i < 15; ++i) {
        points[i / 3][i % 3] = values[i];
    }
    return points;
}

class DlibFront : public testing::Test {
protected:
    static DlibFrontEnd& front_end() {
        static DlibFrontEnd instance(test_points(), {.faces = FaceChoice::all, .keep_original = true},
                                     nullptr, {});
        return instance;
    }
    static FrontResult result_of(Photo photo) {
        const std::unique_ptr<PreparedPhoto> prepared = front_end().prepare(std::move(photo));
        PreparedPhoto* const one[] = {prepared.get()};
        return front_end().align(one).at(0);
    }
};

Photo resized(const Photo& photo, int width, int height) {
    cv::Mat out;
    cv::resize(image::matrix_of(photo), out, cv::Size(width, height), 0, 0, cv::INTER_AREA);
    return {width, height, {out.datastart, out.dataend}};
}

TEST_F(DlibFront, FindsTheAstronautsFace) {
    const FrontResult result = result_of(golden_data::astronaut());
    ASSERT_FALSE(result.error) << result.error->message;
    ASSERT_EQ(result.faces.size(), 1U);
    EXPECT_EQ(result.faces_detected, 1);
    const AlignedFace& face = result.faces[0];
    EXPECT_EQ(face.front_end, FrontEndKind::dlib);
    EXPECT_GT(face.detector_score, 0.5F);
    const float nose_x = face.landmarks_photo[60];
    const float nose_y = face.landmarks_photo[61];
    EXPECT_NEAR(nose_x, 224, 15);
    EXPECT_NEAR(nose_y, 122, 15);
    EXPECT_LT(face.box[0], nose_x);
    EXPECT_GT(face.box[2], nose_x);
}

TEST_F(DlibFront, GivesTheCoreAllThatItNeeds) {
    const FrontResult result = result_of(golden_data::astronaut());
    ASSERT_EQ(result.faces.size(), 1U);
    const AlignedFace& face = result.faces[0];
    EXPECT_EQ(face.image_224.size(), 224U * 224 * 3);
    EXPECT_EQ(face.image_512.size(), 512U * 512 * 3);
    EXPECT_EQ(face.mask_224.size(), 224U * 224);
    EXPECT_EQ(face.texture_target_224.size(), 224U * 224 * 3);
    EXPECT_EQ(face.mask, MaskSource::hull);
    EXPECT_TRUE(face.warped);
    EXPECT_NE(face.texture_target_224, face.image_224);
    // The eyes lie above the mouth in a frame whose y points up, all of them inside the crop.
    EXPECT_GT(face.landmarks_224[2 * 36 + 1], face.landmarks_224[2 * 48 + 1]);
    for (const float value : face.landmarks_224) {
        EXPECT_GT(value, 0);
        EXPECT_LT(value, 224);
    }
}

TEST_F(DlibFront, SaysTheSameFromAnyThread) {
    const Photo photo = golden_data::astronaut();
    std::vector<FrontResult> results(3);
    {
        std::vector<std::jthread> threads;
        for (FrontResult& result : results) {
            threads.emplace_back([&] { result = result_of(photo); });
        }
    }
    for (const FrontResult& result : results) {
        ASSERT_EQ(result.faces.size(), 1U);
        EXPECT_EQ(result.faces[0].image_512, results[0].faces[0].image_512);
        EXPECT_EQ(result.faces[0].landmarks_photo, results[0].faces[0].landmarks_photo);
    }
}

TEST_F(DlibFront, FindsASmallFaceAtTheSecondTry) {
    // 170 pixels for the whole picture leave about 45 for the face.
    const FrontResult result = result_of(resized(golden_data::astronaut(), 170, 170));
    ASSERT_FALSE(result.error);
    EXPECT_NEAR(result.faces[0].landmarks_photo[60], 224.0 / 512 * 170, 8);
}

TEST_F(DlibFront, ShrinksALargePhotoAndKeepsTheScale) {
    const Photo large = resized(golden_data::astronaut(), 2400, 2400);
    const std::unique_ptr<PreparedPhoto> prepared = front_end().prepare(large);
    EXPECT_EQ(prepared->photo.width, 1500);
    EXPECT_EQ(prepared->original_width, 2400);
    EXPECT_DOUBLE_EQ(prepared->scale, 1500.0 / 2400);
    ASSERT_TRUE(prepared->original);
    EXPECT_EQ(prepared->original->rgb, large.rgb);
    PreparedPhoto* const one[] = {prepared.get()};
    const FrontResult result = front_end().align(one).at(0);
    ASSERT_FALSE(result.error);
    EXPECT_NEAR(result.faces[0].landmarks_photo[60] / prepared->scale, 224.0 / 512 * 2400, 70);
}

TEST_F(DlibFront, ReportsAPhotoWithoutAFaceAndGoesOnWithTheOthers) {
    const auto empty = front_end().prepare(image::smooth_image(200, 200));
    const auto good = front_end().prepare(golden_data::astronaut());
    PreparedPhoto* const both[] = {empty.get(), good.get()};
    const std::vector<FrontResult> results = front_end().align(both);
    ASSERT_EQ(results.size(), 2U);
    ASSERT_TRUE(results[0].error);
    EXPECT_EQ(results[0].error->code, FaceErrorCode::no_face);
    EXPECT_TRUE(results[0].faces.empty());
    EXPECT_FALSE(results[1].error);
}

TEST_F(DlibFront, ReportsAPhotoThatIsAlmostALine) {
    const FrontResult result = result_of(image::smooth_image(16, 3000));
    ASSERT_TRUE(result.error);
    EXPECT_EQ(result.error->code, FaceErrorCode::image_too_small);
}

// What is left of the astronaut to the right of a column; her nose is at 224, her right ear near 175.
Photo right_of(int column) {
    const Photo whole = golden_data::astronaut();
    const cv::Mat part = image::matrix_of(whole).colRange(column, whole.width).clone();
    return {part.cols, part.rows, {part.datastart, part.dataend}};
}

TEST_F(DlibFront, RefusesAFaceOfWhichTooMuchLiesOutside) {
    const FrontResult result = result_of(right_of(210));
    ASSERT_TRUE(result.error);
    EXPECT_EQ(result.error->code, FaceErrorCode::face_cut_off) << result.error->message;
    EXPECT_TRUE(result.faces.empty());
}

TEST_F(DlibFront, TakesAFaceThatTheBorderOnlyTouches) {
    const FrontResult result = result_of(right_of(190));
    ASSERT_FALSE(result.error) << result.error->message;
    ASSERT_EQ(result.faces.size(), 1U);
    EXPECT_NEAR(result.faces[0].landmarks_photo[60], 224 - 190, 15);
}

TEST_F(DlibFront, TakesEveryFaceOfAPhoto) {
    const Photo one = golden_data::astronaut();
    Photo two{1024, 512, std::vector<std::uint8_t>(std::size_t{1024} * 512 * 3)};
    for (int row = 0; row < 512; ++row) {
        for (int side = 0; side < 2; ++side) {
            std::copy_n(one.rgb.begin() + std::ptrdiff_t{1536} * row, 1536,
                        two.rgb.begin() + std::ptrdiff_t{3072} * row + 1536 * side);
        }
    }
    const FrontResult result = result_of(std::move(two));
    ASSERT_EQ(result.faces.size(), 2U);
    EXPECT_EQ(result.faces_detected, 2);
    EXPECT_NEAR(std::abs(result.faces[0].box[0] - result.faces[1].box[0]), 512, 20);
}

TEST(DlibPredictor, ThatIsMissingIsTheOperatorsFault) {
    try {
        DlibFrontEnd front_end(test_points(), {.landmarks = "/nowhere/landmarks.dat"}, nullptr, {});
        FAIL();
    } catch (const model::ModelError& error) {
        EXPECT_THAT(error.what(), testing::HasSubstr("/nowhere/landmarks.dat"));
        EXPECT_THAT(error.what(), testing::HasSubstr("libdlib-data"));
    }
}

TEST(FaceChoice, TakesTheFirstTheLargestOrAll) {
    const std::vector<Box> boxes{{0, 0, 10, 10}, {5, 5, 40, 40}, {0, 0, 20, 20}};
    EXPECT_THAT(choose_faces(boxes, FaceChoice::first), testing::ElementsAre(0));
    EXPECT_THAT(choose_faces(boxes, FaceChoice::largest), testing::ElementsAre(1));
    EXPECT_THAT(choose_faces(boxes, FaceChoice::all), testing::ElementsAre(0, 1, 2));
    EXPECT_THAT(choose_faces({}, FaceChoice::first), testing::IsEmpty());
}

}  // namespace
}  // namespace hrn::front
