#include "worker/hrn/output/render.hpp"

#include <gtest/gtest.h>

#include <cstddef>
#include <stdexcept>

#include "tests/unit/hrn/output/test_face.hpp"

namespace hrn::output {
namespace {

constexpr int side = 96;

const std::uint8_t* at(const Picture& picture, int column, int row) {
    return &picture.rgb[3 * static_cast<std::size_t>(row * picture.width + column)];
}

// Red grows to the right, green upwards.
Picture colour_chart() {
    Picture texture = blank(64, 64, 0);
    for (int row = 0; row < 64; ++row) {
        for (int column = 0; column < 64; ++column) {
            auto* texel = &texture.rgb[3 * static_cast<std::size_t>(row * 64 + column)];
            texel[0] = static_cast<std::uint8_t>(4 * column);
            texel[1] = static_cast<std::uint8_t>(4 * (63 - row));
        }
    }
    return texture;
}

TEST(Render, FillsMostOfTheFrameAndStaysInside) {
    const auto mesh = testing::dome(30);
    Picture canvas = blank(side, side, 7);
    draw(mesh.view(), nullptr, fit_to(mesh.view(), side), canvas);
    int covered = 0;
    for (int i = 0; i < side; ++i) {
        for (int k = 0; k < side; ++k) {
            covered += *at(canvas, i, k) != 7 ? 1 : 0;
        }
        for (const auto* pixel :
             {at(canvas, i, 0), at(canvas, i, side - 1), at(canvas, 0, i), at(canvas, side - 1, i)}) {
            ASSERT_EQ(*pixel, 7);
        }
    }
    EXPECT_GT(covered, side * side / 4);
}

TEST(Render, ShowsTheTextureUprightAndUnmirrored) {
    const auto mesh = testing::dome(30);
    const Picture texture = colour_chart();
    Picture canvas = blank(side, side, 0);
    draw(mesh.view(), &texture, fit_to(mesh.view(), side), canvas);
    EXPECT_GT(at(canvas, 65, 48)[0], at(canvas, 30, 48)[0] + 50);
    EXPECT_GT(at(canvas, 48, 30)[1], at(canvas, 48, 65)[1] + 50);
}

TEST(Render, TurnsTheFaceToThePicturesRightWithPositiveYaw) {
    const auto mesh = testing::dome(30);
    const Picture texture = colour_chart();
    Look look = fit_to(mesh.view(), side);
    Picture frontal = blank(side, side, 0), turned = blank(side, side, 0);
    draw(mesh.view(), &texture, look, frontal);
    look.yaw_degrees = 30;
    draw(mesh.view(), &texture, look, turned);
    // The middle of the picture now shows what lay to its left.
    EXPECT_LT(at(turned, 48, 48)[0], at(frontal, 48, 48)[0] - 10);
}

TEST(Render, LiftsTheChinWithPositivePitch) {
    const auto mesh = testing::dome(30);
    const Picture texture = colour_chart();
    Look look = fit_to(mesh.view(), side);
    Picture frontal = blank(side, side, 0), turned = blank(side, side, 0);
    draw(mesh.view(), &texture, look, frontal);
    look.pitch_degrees = 30;
    draw(mesh.view(), &texture, look, turned);
    // The middle of the picture now shows what lay below it.
    EXPECT_LT(at(turned, 48, 48)[1], at(frontal, 48, 48)[1] - 10);
}

TEST(Render, MixesWithTheCanvasByItsOpacity) {
    const auto mesh = testing::dome(30);
    const Picture white = blank(4, 4, 255);
    Look look = fit_to(mesh.view(), side);
    look.opacity = 0.25F;
    Picture canvas = blank(side, side, 100);
    draw(mesh.view(), &white, look, canvas);
    EXPECT_EQ(*at(canvas, 48, 48), 139);  // 100 * 0.75 + 255 * 0.25 = 138.75
}

TEST(Render, DarkensTheInsideOfTheMask) {
    const auto mesh = testing::dome(30);
    const Picture white = blank(4, 4, 255);
    Look look = fit_to(mesh.view(), side);
    look.yaw_degrees = 180;
    Picture canvas = blank(side, side, 0);
    draw(mesh.view(), &white, look, canvas);
    EXPECT_EQ(*at(canvas, 48, 48), 102);
}

TEST(Render, PastesATileWhereItIsTold) {
    Picture sheet = blank(5, 4, 1);
    paste(blank(2, 2, 9), 3, 1, sheet);
    EXPECT_EQ(*at(sheet, 3, 1), 9);
    EXPECT_EQ(*at(sheet, 4, 2), 9);
    EXPECT_EQ(*at(sheet, 2, 1), 1);
    EXPECT_EQ(*at(sheet, 3, 3), 1);
    EXPECT_THROW(paste(blank(2, 2, 9), 4, 0, sheet), std::invalid_argument);
    EXPECT_THROW(paste(blank(2, 2, 9), 0, 3, sheet), std::invalid_argument);
}

TEST(Render, RefusesACanvasOrTextureWithoutPixels) {
    EXPECT_THROW(blank(0, 3, 0), std::invalid_argument);
    const auto mesh = testing::dome(5);
    Picture canvas = blank(8, 8, 0);
    const Picture nothing;
    EXPECT_THROW(draw(mesh.view(), &nothing, Look{}, canvas), std::invalid_argument);
}

}  // namespace
}  // namespace hrn::output
