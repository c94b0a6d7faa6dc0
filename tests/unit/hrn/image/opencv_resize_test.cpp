// The numbers of cv::resize against cv::resize.
#include "worker/hrn/image/opencv_resize.hpp"

#include <gtest/gtest.h>

#include <opencv2/imgproc.hpp>

namespace hrn::image::opencv {
namespace {

cv::Mat noise(int height, int width, std::uint64_t seed) {
    cv::Mat picture(height, width, CV_8UC3);
    cv::RNG(seed).fill(picture, cv::RNG::UNIFORM, 0, 256);
    return picture;
}

cv::Mat by_numbers(const cv::Mat& from, int width, int height, bool cubic) {
    const double across_scale = resize_scale(from.cols, width);
    const double down_scale = resize_scale(from.rows, height);
    cv::Mat to(height, width, CV_8UC3);
    for (int y = 0; y < height; ++y) {
        for (int x = 0; x < width; ++x) {
            for (int c = 0; c < 3; ++c) {
                const auto at = [&](int row, int column) {
                    return static_cast<int>(
                        from.at<cv::Vec3b>(clamped(row, from.rows), clamped(column, from.cols))[c]);
                };
                std::uint8_t& byte = to.at<cv::Vec3b>(y, x)[c];
                if (cubic) {
                    const CubicTaps across = cubic_taps(x, across_scale);
                    const CubicTaps down = cubic_taps(y, down_scale);
                    int rows[4] = {0, 0, 0, 0};
                    for (int j = 0; j < 4; ++j) {
                        for (int k = 0; k < 4; ++k) {
                            rows[j] += at(down.first + j, across.first + k) * across.weights[k];
                        }
                    }
                    byte = cubic_byte(down, rows);
                } else {
                    const LinearTaps across = linear_across(x, across_scale, from.cols);
                    const LinearTaps down = linear_down(y, down_scale, from.rows);
                    byte =
                        linear_byte(across, down, at(down.first, across.first), at(down.first, across.second),
                                    at(down.second, across.first), at(down.second, across.second));
                }
            }
        }
    }
    return to;
}

struct Sizes {
    int from_width, from_height, to;
};

class OpenCvResize : public testing::TestWithParam<Sizes> {
protected:
    static void expect_its_bytes(unsigned seed, bool cubic) {
        const auto [width, height, side] = GetParam();
        const cv::Mat picture = noise(height, width, seed);
        cv::Mat want;
        cv::resize(picture, want, cv::Size(side, side), 0, 0, cubic ? cv::INTER_CUBIC : cv::INTER_LINEAR);
        EXPECT_EQ(cv::norm(by_numbers(picture, side, side, cubic), want, cv::NORM_INF), 0);
    }
};

TEST_P(OpenCvResize, LinearGivesItsBytes) {
    expect_its_bytes(3, false);
}

TEST_P(OpenCvResize, CubicGivesItsBytes) {
    expect_its_bytes(4, true);
}

INSTANTIATE_TEST_SUITE_P(Sizes, OpenCvResize,
                         testing::Values(Sizes{224, 224, 800}, Sizes{800, 800, 512}, Sizes{613, 617, 224},
                                         Sizes{100, 97, 224}, Sizes{224, 224, 224}, Sizes{5, 3, 256},
                                         Sizes{1501, 1400, 224}, Sizes{447, 448, 224}, Sizes{1, 1, 256}));

TEST(OpenCvResize, HalvingBothSidesIsAMean) {
    const cv::Mat picture = noise(448, 448, 5);
    cv::Mat want;
    cv::resize(picture, want, cv::Size(224, 224), 0, 0, cv::INTER_LINEAR);
    ASSERT_TRUE(halves_both(resize_scale(448, 224), resize_scale(448, 224)));
    for (int y = 0; y < 224; ++y) {
        for (int x = 0; x < 224; ++x) {
            for (int c = 0; c < 3; ++c) {
                const int sum = picture.at<cv::Vec3b>(2 * y, 2 * x)[c] +
                                picture.at<cv::Vec3b>(2 * y, 2 * x + 1)[c] +
                                picture.at<cv::Vec3b>(2 * y + 1, 2 * x)[c] +
                                picture.at<cv::Vec3b>(2 * y + 1, 2 * x + 1)[c];
                ASSERT_EQ(want.at<cv::Vec3b>(y, x)[c], (sum + 2) >> 2);
            }
        }
    }
}

// Of float32, as the warp's flow is resized: in front/cuda.
TEST(OpenCvResize, LinearOfFloatsIsTwoProductsAcrossAndTwoDown) {
    cv::Mat flow(100, 100, CV_32FC2);
    cv::RNG(6).fill(flow, cv::RNG::UNIFORM, -20.0, 20.0);
    for (const int side : {37, 100, 333, 512, 781}) {
        cv::Mat want;
        cv::resize(flow, want, cv::Size(side, side), 0, 0, cv::INTER_LINEAR);
        const double scale = resize_scale(100, side);
        for (int y = 0; y < side; ++y) {
            for (int x = 0; x < side; ++x) {
                Position across = position_of(x, scale);
                if (across.low < 0) {
                    across = {0, 0.0F};
                } else if (across.low >= 99) {
                    across = {99, 0.0F};
                }
                const Position down = position_of(y, scale);
                const int right = clamped(across.low + 1, 100);
                for (int c = 0; c < 2; ++c) {
                    const auto line = [&](int row) {
                        return flow.at<cv::Vec2f>(row, across.low)[c] * (1.0F - across.fraction) +
                               flow.at<cv::Vec2f>(row, right)[c] * across.fraction;
                    };
                    const float value = line(clamped(down.low, 100)) * (1.0F - down.fraction) +
                                        line(clamped(down.low + 1, 100)) * down.fraction;
                    ASSERT_EQ(want.at<cv::Vec2f>(y, x)[c], value) << side << " " << y << " " << x;
                }
            }
        }
    }
}

}  // namespace
}  // namespace hrn::image::opencv
