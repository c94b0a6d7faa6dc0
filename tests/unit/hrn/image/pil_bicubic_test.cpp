// PIL's bicubic to the bit, whole and by windows.
#include "worker/hrn/image/pil_bicubic.hpp"

#include <gtest/gtest.h>

#include "tests/unit/hrn/front/golden_data.hpp"
#include "worker/hrn/image/synthetic_photo.hpp"

namespace hrn::image {
namespace {

// The golden input: smooth waves with a white block and a black band, so that clamping is exercised.
Photo golden_input() {
    Photo photo = smooth_image(61, 83, 3);
    const auto fill = [&](int top, int bottom, int left, int right, std::uint8_t value) {
        for (int y = top; y < bottom; ++y) {
            for (int i = 3 * left; i < 3 * right; ++i) {
                photo.rgb[std::size_t(3) * photo.width * y + i] = value;
            }
        }
    };
    fill(10, 20, 30, 50, 255);
    fill(40, 44, 0, 83, 0);
    return photo;
}

std::vector<std::uint8_t> whole(const Photo& photo, int width, int height) {
    return pil_bicubic(photo.rgb, photo.width, photo.height, width, height, {0, 0, width, height});
}

struct Size {
    int width, height;
};
class PilBicubic : public testing::TestWithParam<Size> {};

TEST_P(PilBicubic, EqualsTheGoldenBytes) {
    const auto [width, height] = GetParam();
    const std::string id = "pure.pil_bicubic." + std::to_string(width) + "x" + std::to_string(height);
    EXPECT_EQ(golden_data::expect_golden(id, whole(golden_input(), width, height)), 0);
}

TEST_P(PilBicubic, GivesTheSameBytesForEachWindow) {
    const auto [width, height] = GetParam();
    const Photo photo = golden_input();
    const auto all = whole(photo, width, height);
    for (const Window& window : {Window{3, 5, 10, 9}, Window{-4, -3, 12, 11},
                                 Window{width - 5, height - 6, 20, 20}, Window{0, 0, 1, 1}}) {
        const auto part = pil_bicubic(photo.rgb, photo.width, photo.height, width, height, window);
        for (int y = 0; y < window.height; ++y) {
            for (int x = 0; x < window.width; ++x) {
                const std::int64_t from_x = window.left + x;
                const std::int64_t from_y = window.top + y;
                const bool inside = from_x >= 0 && from_x < width && from_y >= 0 && from_y < height;
                for (int c = 0; c < 3; ++c) {
                    const int want = inside ? all[3 * (from_y * width + from_x) + c] : 0;
                    ASSERT_EQ(part[3 * (y * window.width + x) + c], want) << x << ", " << y;
                }
            }
        }
    }
}

INSTANTIATE_TEST_SUITE_P(GoldenSizes, PilBicubic,
                         testing::Values(Size{200, 150}, Size{29, 17}, Size{40, 61}, Size{83, 100},
                                         Size{83, 61}),
                         [](const auto& info) {
                             return std::to_string(info.param.width) + "x" +
                                    std::to_string(info.param.height);
                         });

TEST(PilBicubicWindow, OfAHugeEnlargementNeedsNoHugeMemory) {
    const Photo photo = smooth_image(100, 100);
    const auto part = pil_bicubic(photo.rgb, 100, 100, 1'000'000, 1'000'000, {500'000, 500'000, 8, 8});
    EXPECT_EQ(part.size(), 8U * 8 * 3);
    // The middle of the picture, enlarged beyond measure, is one colour.
    EXPECT_NEAR(part[0], photo.rgb[3 * (50 * 100 + 50)], 4);
    EXPECT_EQ(part[0], part[3 * 63]);
}

TEST(PilBicubicWindow, WhollyOutsideIsBlack) {
    const Photo photo = smooth_image(20, 20, 1);
    const auto part = pil_bicubic(photo.rgb, 20, 20, 40, 40, {100, -50, 4, 4});
    EXPECT_EQ(part, std::vector<std::uint8_t>(48, 0));
}

TEST(PilBicubicWindow, RefusesSizesWithoutSense) {
    const Photo photo = smooth_image(20, 20);
    EXPECT_THROW((void)pil_bicubic(photo.rgb, 20, 20, 0, 40, {0, 0, 4, 4}), std::invalid_argument);
    EXPECT_THROW((void)pil_bicubic(photo.rgb, 20, 21, 40, 40, {0, 0, 4, 4}), std::invalid_argument);
    EXPECT_THROW((void)pil_bicubic(photo.rgb, 20, 20, 40, 40, {0, 0, 0, 4}), std::invalid_argument);
}

}  // namespace
}  // namespace hrn::image
