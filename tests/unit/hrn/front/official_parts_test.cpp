// The plain functions around the official networks: every golden quantity that needs no network, and the
// edges that only broken or hostile inputs reach.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <cmath>
#include <functional>

#include "tests/unit/hrn/front/golden_data.hpp"
#include "tests/unit/hrn/front/golden_photos.hpp"
#include "worker/hrn/face_error.hpp"
#include "worker/hrn/front/golden_front.hpp"
#include "worker/hrn/front/landmark_crop.hpp"
#include "worker/hrn/front/landmarks_106.hpp"
#include "worker/hrn/front/landmarks_68.hpp"
#include "worker/hrn/front/non_maximum.hpp"
#include "worker/hrn/front/retina_boxes.hpp"
#include "worker/hrn/front/s3fd_boxes.hpp"
#include "worker/hrn/image/long_side.hpp"
#include "worker/model/synthetic_numbers.hpp"

namespace hrn::front {
namespace {

using golden_data::expect_golden;
using golden_data::numbers;

std::vector<std::uint8_t> bytes_of(const cv::Mat& matrix) {
    const cv::Mat whole = matrix.clone();
    return {whole.datastart, whole.dataend};
}

Box box_of(const std::vector<double>& v) {
    return {v.at(0), v.at(1), v.at(2), v.at(3)};
}

FaceErrorCode code_of(const std::function<void()>& function) {
    try {
        function();
    } catch (const FaceFailure& failure) {
        return failure.error().code;
    }
    ADD_FAILURE() << "nothing was refused";
    return FaceErrorCode::empty_file;
}

// --- the pure stages of the golden folder, as a checker asks for them --------------------------------

std::vector<std::string> pure_ids() {
    std::vector<std::string> ids;
    const auto stages = make_pure_golden_stages(golden_data::folder);
    for (const auto& [id, entry] : golden_data::manifest().at("arrays").items()) {
        if (entry.at("role") == "want" && stages->knows(entry.at("stage"))) {
            ids.push_back(id);
        }
    }
    return ids;
}

class PureGolden : public testing::TestWithParam<std::string> {};

TEST_P(PureGolden, IsReached) {
    const auto& entry = golden_data::entry(GetParam());
    GoldenValues given;
    for (const auto& [id, other] : golden_data::manifest().at("arrays").items()) {
        if (other.at("role") == "given" && other.at("case") == entry.at("case") &&
            other.at("stage") == entry.at("stage")) {
            given[other.at("name")] = {other.at("full_shape").get<std::vector<std::int64_t>>(), numbers(id)};
        }
    }
    const auto stages = make_pure_golden_stages(golden_data::folder);
    const GoldenValue got =
        stages->compute(entry.at("stage"), entry.at("name"), given,
                        golden_data::manifest().at("cases").at(entry.at("case").get<std::string>()).dump());
    EXPECT_EQ(got.shape, entry.at("full_shape").get<std::vector<std::int64_t>>());
    expect_golden(GetParam(), got.numbers);
}

INSTANTIATE_TEST_SUITE_P(Manifest, PureGolden, testing::ValuesIn(pure_ids()), [](const auto& info) {
    std::string name = info.param;
    std::replace_if(
        name.begin(), name.end(), [](char c) { return std::isalnum(c) == 0; }, '_');
    return name;
});

TEST(PureGoldenStages, RefuseWhatTheyDoNotKnow) {
    const auto stages = make_pure_golden_stages(golden_data::folder);
    EXPECT_THROW((void)stages->run("nonsense", {}, "{}"), std::invalid_argument);
    EXPECT_THROW((void)stages->run("pos", {}, "{}"), std::invalid_argument) << "without its inputs";
    EXPECT_THROW((void)stages->compute("pil_bicubic", "large", {}, "{}"), std::invalid_argument);
    EXPECT_THROW((void)stages->compute("decode_file", "no_such_jpg", {}, "{}"), std::invalid_argument);
}

TEST(PureGoldenStages, TakeAnotherPictureFromTheArraysNote) {
    const auto stages = make_pure_golden_stages(golden_data::folder);
    const GoldenValue got =
        stages->compute("limit", "bgr_1500", {}, R"({"array_note": "smooth_image(3000, 2000, 4) as BGR"})");
    EXPECT_EQ(got.shape, (std::vector<std::int64_t>{1500, 1000, 3}));
}

// --- the steps between the networks ------------------------------------------------------------------

class Steps : public testing::TestWithParam<const char*> {
protected:
    std::string id(const std::string& name) const { return std::string(GetParam()) + "." + name; }

    // The synthetic model's regressor (its file's numbers are defined by name).
    SquareRegressor regressor() const {
        const auto matrix = [](const char* name, std::int64_t count, double limit) {
            const auto values = model::synthetic_tensor("BBRegressorParam_r.mat", name, count, -limit, limit);
            return std::vector<double>(values.begin(), values.end());
        };
        return {matrix("W1", 2000, 0.5), matrix("B1", 200, 1.0), matrix("W2", 600, 0.05), {-2.7, -2.9, 40.0}};
    }
    LandmarkCrop crop_a() const {
        const std::vector<double> values = numbers(id("align_for_lm.five_points"));
        FivePoints points;
        for (std::size_t i = 0; i < 5; ++i) {
            points[i] = {values[2 * i], values[2 * i + 1]};
        }
        return cut_landmark_crop(image::matrix_of(photo_), regress_square(regressor(), points));
    }
    Photo photo_ = golden_data::photo_of(GetParam());
};

TEST_P(Steps, RetinaFacesInputIsTheGoldenOne) {
    const RetinaInput input = retina_input(image::matrix_of(photo_));
    EXPECT_EQ(expect_golden(id("retina.resized_u8"), bytes_of(input.resized)), 0);
    expect_golden(id("retina.input"), retina_planes({input.resized, input.left, input.top}));
}

TEST_P(Steps, TheCropsOfThe106PointsAreTheGoldenOnes) {
    const cv::Mat rgb = image::matrix_of(photo_);
    const Crop106 first = crop_106(rgb, box_of(numbers(id("lm106.box"))));
    EXPECT_EQ(expect_golden(id("lm106.crop1"), bytes_of(first.image)), 0);
    const std::vector<double> between = numbers(id("lm106.landmarks1"));
    Points106 points;
    for (std::size_t i = 0; i < 106; ++i) {
        points[i] = {between[2 * i], between[2 * i + 1]};
    }
    EXPECT_EQ(expect_golden(id("lm106.crop2"), bytes_of(crop_106(rgb, bounds_of(points)).image)), 0);
}

TEST_P(Steps, CropAIsTheGoldenOne) {
    const LandmarkCrop crop = crop_a();
    expect_golden(id("align_for_lm.bbox"), std::vector<int>(crop.box.begin(), crop.box.end()));
    expect_golden(id("align_for_lm.scale"), std::vector<double>{crop.scale});
    std::vector<std::uint8_t> bgr = bytes_of(crop.image);
    for (std::size_t i = 0; i < bgr.size(); i += 3) {
        std::swap(bgr[i], bgr[i + 2]);
    }
    EXPECT_EQ(expect_golden(id("align_for_lm.crop_bgr"), bgr), 0);
}

TEST_P(Steps, FansCropsAreTheGoldenOnes) {
    const LandmarkCrop crop = crop_a();
    for (const char* stage : {"fan_a", "fan_b"}) {
        const FanFrame frame = fan_frame(box_of(numbers(id(std::string(stage) + ".box"))));
        expect_golden(id(std::string(stage) + ".center_scale"),
                      std::vector<double>{frame.centre_x, frame.centre_y, frame.scale});
        EXPECT_EQ(expect_golden(id(std::string(stage) + ".crop"), bytes_of(fan_crop(crop.image, frame))), 0);
    }
}

TEST_P(Steps, PointsOfCropALieWhereTheyLieInThePhoto) {
    const LandmarkCrop crop = crop_a();
    const std::vector<double> values = numbers(id("fan_b.points"));
    Points68 points{};
    std::copy(values.begin(), values.end(), points.begin());
    const Points68 got = points_in_photo(points, crop.scale, crop.box[0], crop.box[1]);
    expect_golden(id("fan_b.landmarks68"), std::vector<float>(got.begin(), got.end()));
}

INSTANTIATE_TEST_SUITE_P(GoldenCases, Steps, testing::Values("astronaut", "smooth"),
                         [](const auto& info) { return std::string(info.param); });

// --- edges -------------------------------------------------------------------------------------------

RetinaRaw nothing_found() {
    RetinaRaw raw;
    for (int row = 0; row < retina_rows; ++row) {
        raw.confidences.insert(raw.confidences.end(), {5.0F, -5.0F});
    }
    raw.offsets.assign(std::size_t{4} * retina_rows, 0);
    raw.landmarks.assign(std::size_t{10} * retina_rows, 0);
    return raw;
}

TEST(RetinaFaces, AreNoneWhereNoScoreIsHighEnough) {
    const Photo photo = image::smooth_image(300, 400);
    EXPECT_TRUE(retina_faces(nothing_found(), retina_input(image::matrix_of(photo))).faces.empty());
}

TEST(RetinaFaces, BeyondTheImageAreDroppedButOthersKeepTheirUnclippedBox) {
    const Photo photo = image::smooth_image(512, 128);  // 192 pixels of padding on either side
    const RetinaInput input = retina_input(image::matrix_of(photo));
    RetinaRaw raw = nothing_found();
    const auto confident = [&](int row) {
        raw.confidences[2 * row] = -5;
        raw.confidences[2 * row + 1] = 5;
    };
    // 256 pixels around (496, 272): right of the image. (One that ends left of it officially stays.)
    confident(8192 + 2048 + 2 * (8 * 16 + 15));
    // Around (272, 272): wider than the image.
    confident(8192 + 2048 + 2 * (8 * 16 + 8));
    const RetinaFaces faces = retina_faces(raw, input);
    EXPECT_EQ(faces.kept.size(), 2U);
    ASSERT_EQ(faces.faces.size(), 1U);
    EXPECT_EQ(faces.faces[0].box, (std::array<int, 4>{-48, 144, 208, 400}));
}

TEST(RetinaFaces, SurviveNumbersThatAreNone) {
    const Photo photo = image::smooth_image(300, 400);
    RetinaRaw raw = nothing_found();
    std::fill(raw.offsets.begin(), raw.offsets.end(), std::nanf(""));
    std::fill(raw.landmarks.begin(), raw.landmarks.end(), INFINITY);
    raw.confidences[0] = -5;
    raw.confidences[1] = 5;
    raw.confidences[3] = std::nanf("");
    const RetinaFaces faces = retina_faces(raw, retina_input(image::matrix_of(photo)));
    EXPECT_LE(faces.faces.size(), 1U);
}

TEST(Suppression, KeepsEqualScoresInTheirOrder) {
    const std::vector<float> boxes{0, 0, 10, 10, 1, 1, 11, 11, 50, 50, 60, 60};
    EXPECT_THAT(suppress_torchvision(boxes, {0.5F, 0.5F, 0.5F}, 0.4), testing::ElementsAre(0, 2));
    EXPECT_THAT(suppress_torchvision({}, {}, 0.4), testing::IsEmpty());
}

TEST(Crop106, RefusesABoxOutsideThePhoto) {
    const Photo photo = image::smooth_image(100, 100);
    const cv::Mat rgb = image::matrix_of(photo);
    EXPECT_EQ(code_of([&] { (void)crop_106(rgb, {500, 500, 560, 560}); }), FaceErrorCode::face_cut_off);
    EXPECT_EQ(code_of([&] { (void)crop_106(rgb, {-500, 10, -440, 70}); }), FaceErrorCode::face_cut_off);
    EXPECT_EQ(code_of([&] { (void)crop_106(rgb, {0, 0, 1e7, 1e7}); }), FaceErrorCode::face_cut_off);
    EXPECT_EQ(code_of([&] { (void)crop_106(rgb, {NAN, 0, 50, 50}); }), FaceErrorCode::face_cut_off);
}

TEST(SoftArgmax, ReadsTheTransposedMap) {
    std::vector<float> logits(196, 0);
    logits[3 * 14 + 11] = 100;  // row 3, column 11
    const std::vector<float> point = soft_argmax_106(logits);
    EXPECT_NEAR(point.at(0), 3.0 / 14 * 224, 1e-3) << "x is the row";
    EXPECT_NEAR(point.at(1), 11.0 / 14 * 224, 1e-3);
}

TEST(LandmarkCrop, RefusesASquareThatBeginsBeforeThePaddedPhoto) {
    const Photo photo = image::smooth_image(100, 100);
    const cv::Mat rgb = image::matrix_of(photo);
    EXPECT_EQ(code_of([&] { (void)cut_landmark_crop(rgb, {-51, 0, 60, 60}); }), FaceErrorCode::face_cut_off);
    EXPECT_EQ(code_of([&] { (void)cut_landmark_crop(rgb, {160, 0, 60, 60}); }), FaceErrorCode::face_cut_off);
    EXPECT_EQ(code_of([&] { (void)cut_landmark_crop(rgb, {10, 10, -5, -5}); }), FaceErrorCode::face_cut_off);
    EXPECT_EQ(code_of([&] {
                  (void)cut_landmark_crop(rgb, {NAN, NAN, NAN, NAN});
              }),
              FaceErrorCode::face_cut_off);
}

TEST(LandmarkCrop, IsStretchedWhereItEndsBehindThePaddedPhoto) {
    const Photo photo = image::smooth_image(100, 100);
    const LandmarkCrop crop = cut_landmark_crop(image::matrix_of(photo), {100, 0, 80, 80});
    EXPECT_EQ(crop.image.size(), cv::Size(224, 224));
    EXPECT_DOUBLE_EQ(crop.scale, 224.0 / 80);
}

TEST(S3fd, FindsNothingInAnUnsureOutput) {
    std::array<S3fdLevel, s3fd_levels> levels;
    for (S3fdLevel& level : levels) {
        level = {2, 2, std::vector<float>(8, 0.0F), std::vector<float>(16, 0.0F)};
    }
    EXPECT_EQ(decode_s3fd(levels).size(), 24U) << "a score of one half is decoded";
    EXPECT_TRUE(select_s3fd(decode_s3fd(levels)).empty()) << "but not believed";
}

TEST(Fan, RefusesABoxWithoutASize) {
    const cv::Mat crop = cv::Mat::zeros(224, 224, CV_8UC3);
    EXPECT_EQ(code_of([&] { (void)fan_crop(crop, fan_frame({50, 50, 50, 50})); }), FaceErrorCode::no_face);
    EXPECT_EQ(code_of([&] { (void)fan_crop(crop, fan_frame({0, 0, 1e8, 1e8})); }), FaceErrorCode::no_face);
    EXPECT_EQ(code_of([&] { (void)fan_crop(crop, fan_frame({0, 0, NAN, 5})); }), FaceErrorCode::no_face);
}

}  // namespace
}  // namespace hrn::front
