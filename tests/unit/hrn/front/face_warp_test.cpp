// The warp of front.md 9, step by step against the golden numbers.
#include "worker/hrn/front/face_warp.hpp"

#include <gtest/gtest.h>

#include "tests/unit/hrn/front/golden_data.hpp"
#include "worker/hrn/image/synthetic_photo.hpp"

namespace hrn::front {
namespace {

using golden_data::expect_golden;
using golden_data::numbers;

std::vector<std::uint8_t> bytes_of(const cv::Mat& matrix) {
    return {matrix.datastart, matrix.dataend};
}

class FatFace : public testing::TestWithParam<const char*> {
protected:
    std::string id(const std::string& name) const { return std::string(GetParam()) + ".fat_face." + name; }
    static Box box_of(const std::vector<double>& v) { return {v[0], v[1], v[2], v[3]}; }

    void SetUp() override {
        for (const double value : numbers(std::string(GetParam()) + ".align_img.image_224")) {
            image_.push_back(static_cast<std::uint8_t>(value));
        }
        const std::vector<double> points = numbers(id("landmarks106"));
        for (std::size_t i = 0; i < 106; ++i) {
            points_[i] = {points[2 * i], points[2 * i + 1]};
        }
        const std::vector<double> box = numbers(id("box"));
        std::copy(box.begin(), box.end(), box_.begin());
        contours_ = contours_of_106(box_of(box), points_);
    }

    std::vector<std::uint8_t> image_;
    Points106 points_{};
    std::array<int, 4> box_{};
    FaceContours contours_;
};

TEST_P(FatFace, EnlargesTheCropToTheByte) {
    EXPECT_EQ(expect_golden(id("enlarged"), bytes_of(enlarge_crop(image_))), 0);
}

TEST_P(FatFace, DrawsTheContoursToTheByte) {
    const ContourMaps maps = contour_maps(contours_);
    EXPECT_EQ(expect_golden(id("contour_map0"), bytes_of(maps.outline)), 0);
    EXPECT_EQ(expect_golden(id("contour_map_last"), bytes_of(maps.features)), 0);
}

TEST_P(FatFace, SpreadsTheFlowFromTheMiddle) {
    const double strength = flow_strength(flow_side(box_));
    expect_golden(id("spread_arg"), std::vector<double>{strength});
    const cv::Mat flow = spread_flow(strength);
    expect_golden(id("spread_flow"), std::vector<float>(flow.ptr<float>(), flow.ptr<float>() + 20000));
}

TEST_P(FatFace, MasksTheFlowByTheContours) {
    const auto flow = face_flow(box_, contour_maps(contours_));
    ASSERT_TRUE(flow);
    expect_golden(id("flow"), std::vector<double>(flow->ptr<double>(), flow->ptr<double>() + 2 * 224 * 224));
}

TEST_P(FatFace, WarpsTheCrop) {
    const auto warped = fat_face(image_, contours_);
    ASSERT_TRUE(warped);
    expect_golden(id("warped"), *warped);
    const std::vector<double> want = numbers(id("warped"));
    std::size_t equal = 0;
    for (std::size_t i = 0; i < want.size(); ++i) {
        equal += (*warped)[i] == want[i] ? 1 : 0;
    }
    EXPECT_GT(static_cast<double>(equal), 0.999 * static_cast<double>(want.size()));
}

INSTANTIATE_TEST_SUITE_P(GoldenCases, FatFace, testing::Values("astronaut", "smooth"),
                         [](const auto& info) { return std::string(info.param); });

TEST(EnlargedBox, EqualsTheGoldenNumbers) {
    const std::vector<double> boxes = numbers("pure.enlarged_bbox.boxes");
    std::vector<int> got;
    for (std::size_t i = 0; i < 3; ++i) {
        std::array<int, 4> box{};
        std::copy_n(boxes.begin() + static_cast<std::ptrdiff_t>(4 * i), 4, box.begin());
        const auto enlarged = enlarged_box(box);
        got.insert(got.end(), enlarged.begin(), enlarged.end());
    }
    expect_golden("pure.enlarged_bbox.out", got);
}

TEST(FaceWarp, HasNoRoomForAFaceWhoseMiddleIsOutside) {
    EXPECT_LE(flow_side({-400, 100, 200, 500}), 0);
    const Photo photo = image::smooth_image(224, 224);
    FaceContours contours;
    contours.box = {-400, 100, 200, 500};
    contours.outline.push_back({{{10, 10}, {20, 20}}, false});
    EXPECT_FALSE(fat_face(photo.rgb, contours));
}

TEST(FaceWarp, LeavesPixelsWhereTheFlowIsSmall) {
    const Photo photo = image::smooth_image(224, 224, 2);
    const cv::Mat flow(224, 224, CV_64FC2, cv::Scalar(0.19, -0.19));
    EXPECT_EQ(warp(photo.rgb, flow), photo.rgb);
}

TEST(FaceWarp, TakesTheNeighbourWhereTheFlowIsAWholePixel) {
    const Photo photo = image::smooth_image(224, 224, 2);
    const cv::Mat flow(224, 224, CV_64FC2, cv::Scalar(1.1, 0));
    const auto warped = warp(photo.rgb, flow);
    EXPECT_EQ(warped[3 * (5 * 224 + 7)], photo.rgb[3 * (5 * 224 + 8)]);
    EXPECT_EQ(warped[3 * (5 * 224 + 223)], photo.rgb[3 * (5 * 224 + 223)]) << "clamped at the border";
}

TEST(FaceContours, Of68PointsHaveTheOfficialNumberOfPoints) {
    std::array<Point, 68> points{};
    for (int i = 0; i < 68; ++i) {
        points[i] = {100.0 + 5 * i, 200.0 + i % 7};
    }
    const FaceContours contours = contours_of_68(points);
    ASSERT_EQ(contours.outline.size(), 1U);
    EXPECT_EQ(contours.outline[0].points.size(), 33U);
    EXPECT_EQ(contours.outline[0].points[1].x, 102.5) << "a midpoint";
    ASSERT_EQ(contours.features.size(), 7U);
    EXPECT_EQ(contours.features.back().points.size(), 7U);
    EXPECT_EQ(contours.features.back().points.front().x, points[31].x);
    EXPECT_EQ(contours.features.back().points.back().x, points[35].x);
    EXPECT_DOUBLE_EQ(contours.box.y1, 200 - 0.15 * 6);
}

}  // namespace
}  // namespace hrn::front
