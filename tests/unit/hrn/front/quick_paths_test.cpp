// The short ways of the front end give the bits of their definitions.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <opencv2/imgproc.hpp>
#include <random>

#include "tests/unit/hrn/front/some_contours.hpp"
#include "worker/hrn/front/face_warp.hpp"
#include "worker/hrn/front/landmarks_106.hpp"
#include "worker/hrn/front/landmarks_68.hpp"
#include "worker/hrn/front/line_blur.hpp"
#include "worker/hrn/front/retina_boxes.hpp"
#include "worker/hrn/front/sampled_flow.hpp"

namespace hrn::front {
namespace {

std::vector<float> random_numbers(std::size_t count, float low, float high, unsigned seed) {
    std::mt19937 random(seed);
    std::uniform_real_distribution<float> range(low, high);
    std::vector<float> numbers(count);
    for (float& number : numbers) {
        number = range(random);
    }
    return numbers;
}

cv::Mat random_lines(int height, int width, int thickness, unsigned seed) {
    cv::Mat drawing = cv::Mat::zeros(height, width, CV_8UC1);
    cv::RNG random(seed);
    for (int i = 0; i < 6; ++i) {
        cv::line(drawing, {random.uniform(0, width), random.uniform(0, height)},
                 {random.uniform(0, width), random.uniform(0, height)}, cv::Scalar(255), thickness);
    }
    return drawing;
}

TEST(SoftArgmax, GivesTheMeansOfTheCLibrarysExponentials) {
    for (const float reach : {0.5F, 8.0F, 90.0F, 3000.0F}) {
        const std::vector<float> logits = random_numbers(106 * 196, -reach, reach, 11);
        const std::vector<float> got = soft_argmax_106(logits);
        ASSERT_EQ(got.size(), 212U);
        for (std::size_t point = 0; point < 106; ++point) {
            const float* map = logits.data() + 196 * point;
            const float largest = *std::max_element(map, map + 196);
            double sum = 0;
            double rows = 0;
            double columns = 0;
            for (int cell = 0; cell < 196; ++cell) {
                const double weight = std::exp(static_cast<double>(map[cell] - largest));
                sum += weight;
                rows += weight * (cell / 14);
                columns += weight * (cell % 14);
            }
            // Rounded to float32; the exponentials may differ in their last bit.
            EXPECT_FLOAT_EQ(got[2 * point], static_cast<float>(rows / sum / 14) * 224);
            EXPECT_FLOAT_EQ(got[2 * point + 1], static_cast<float>(columns / sum / 14) * 224);
        }
    }
}

TEST(SoftArgmax, OfNumbersThatAreNoneIsNone) {
    std::vector<float> logits(106 * 196, 0.0F);
    logits[50] = std::numeric_limits<float>::quiet_NaN();
    EXPECT_TRUE(std::isnan(soft_argmax_106(logits)[0]));
    EXPECT_FALSE(std::isnan(soft_argmax_106(logits)[2]));
}

TEST(LineBlur, GivesTheBytesOfOpenCv) {
    const std::vector<int> rows = {0, 1, 2, 50, 97, 98, 99, 150, 198, 199};
    const std::vector<int> columns = {0, 3, 31, 32, 33, 119, 120, 178, 179};
    for (const int kernel : {3, 5, 9, 21, 61, 101, 153}) {
        const cv::Mat drawing = random_lines(200, 180, kernel / 2, static_cast<unsigned>(kernel));
        cv::Mat want;
        cv::GaussianBlur(drawing, want, cv::Size(kernel, kernel), 0);
        const cv::Mat got = LineBlur(kernel).at(drawing, rows, columns);
        for (std::size_t r = 0; r < rows.size(); ++r) {
            for (std::size_t c = 0; c < columns.size(); ++c) {
                ASSERT_EQ(got.at<std::uint8_t>(static_cast<int>(c), static_cast<int>(r)),
                          want.at<std::uint8_t>(rows[r], columns[c]))
                    << "kernel " << kernel << ", row " << rows[r] << ", column " << columns[c];
            }
        }
    }
}

TEST(LineBlur, KeepsWhiteWhite) {
    const cv::Mat white(120, 120, CV_8UC1, cv::Scalar(255));
    const std::vector<int> everywhere = {0, 60, 119};
    const cv::Mat got = LineBlur(41).at(white, everywhere, everywhere);
    EXPECT_EQ(cv::countNonZero(got == 255), 9);
}

TEST(LineBlur, RefusesAnEvenKernel) {
    EXPECT_THROW(LineBlur(4), std::invalid_argument);
    EXPECT_THROW(LineBlur(1), std::invalid_argument);
}

TEST(SampledFlow, IsTheWholeFlowToTheBit) {
    for (unsigned seed = 0; seed < 6; ++seed) {
        const FaceContours contours = some_contours(seed);
        const std::array<int, 4> box = {to_pixel(contours.box.x1), to_pixel(contours.box.y1),
                                        to_pixel(contours.box.x2), to_pixel(contours.box.y2)};
        const auto got = sampled_flow(contours);
        const auto want = face_flow(box, contour_maps(contours));
        ASSERT_EQ(got.has_value(), want.has_value()) << seed;
        if (want) {
            EXPECT_EQ(cv::norm(*got, *want, cv::NORM_INF), 0) << seed;
            EXPECT_GT(cv::norm(*want, cv::NORM_INF), 0) << seed;
        }
    }
}

TEST(SampledFlow, IsNothingWithoutRoom) {
    FaceContours contours = some_contours(1);
    contours.box = {-400, 100, 200, 500};
    EXPECT_FALSE(sampled_flow(contours));
}

TEST(BestFaces, AreTheFacesOfTheWholeDecoding) {
    RetinaInput input;
    input.left = 64;
    input.image_width = 1224;
    input.image_height = 1632;
    for (unsigned seed = 0; seed < 3; ++seed) {
        RetinaRaw raw{random_numbers(2 * retina_rows, -1.5F, 1.5F, seed),
                      random_numbers(4 * retina_rows, -2, 2, seed + 10),
                      random_numbers(10 * retina_rows, -2, 2, seed + 20)};
        raw.confidences[7] = raw.confidences[9] = 5;  // equal scores keep their order
        raw.confidences[6] = raw.confidences[8] = 0;
        const std::vector<RetinaFace> want = retina_faces(raw, input).faces;
        const std::vector<RetinaFace> got = best_faces(raw, input);
        ASSERT_GT(want.size(), 10U);
        ASSERT_EQ(got.size(), want.size());
        for (std::size_t i = 0; i < want.size(); ++i) {
            EXPECT_EQ(got[i].box, want[i].box);
            EXPECT_EQ(got[i].score, want[i].score);
            EXPECT_EQ(got[i].landmarks, want[i].landmarks);
        }
        raw.landmarks.clear();
        EXPECT_EQ(best_faces(raw, input).front().box, want.front().box);
    }
}

TEST(PointsOfHeatMaps, AreThoseOfTheWholeDecoding) {
    const FanFrame frame = fan_frame({60, 50, 160, 170});
    std::vector<float> heat = random_numbers(std::size_t{68} * 64 * 64, 0, 1, 4);
    heat[100] = heat[2000] = 2;  // the first of two equal ones
    heat[4096 + 4095] = 2;       // in a corner
    heat[2 * 4096] = NAN;        // a scan never gets past it
    std::fill_n(heat.begin() + 3 * 4096, 4096, -INFINITY);
    EXPECT_EQ(points_of_heat_maps(heat, frame), decode_heat_maps(heat, frame).crop);
}

}  // namespace
}  // namespace hrn::front
