// The texture fit by Adam (core.md 10).
#include "worker/hrn/core/texture_fit.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <stdexcept>

namespace hrn::core {
namespace {

// A pixel that shows exactly one texel.
TexturePixel pixel_of(int pixel, int texel) {
    TexturePixel p;
    p.pixel = pixel;
    p.texel = {texel, texel + 1, texel + 256, texel + 257};
    p.weight = {1, 0, 0, 0};
    return p;
}

constexpr int texel = 100 * 256 + 100;

Map target_of(float value) {
    Map target(crop_size, crop_size, 3);
    std::fill(target.values.begin(), target.values.end(), value);
    return target;
}

TEST(TextureFit, MovesBySizeOneHundredthInItsFirstStep) {
    Team team(1);
    const std::vector<TexturePixel> pixels = {pixel_of(0, texel)};
    TextureFit fit(pixels, Map(uv_size, uv_size, 3), target_of(1), team);
    fit.step();
    // Adam's first step is the learning rate in the direction of the gradient, whatever its size.
    EXPECT_NEAR(fit.offset().at(100, 100)[0], 0.01, 1e-6);
    EXPECT_EQ(fit.offset().at(100, 101)[0], 0.0F);
    EXPECT_EQ(fit.offset().at(50, 50)[2], 0.0F);
}

TEST(TextureFit, FollowsAdamStepByStep) {
    Team team(1);
    const std::vector<TexturePixel> pixels = {pixel_of(0, texel)};
    Map start(uv_size, uv_size, 3);
    start.at(100, 100)[0] = 0.7F;
    TextureFit fit(pixels, start, target_of(0.75F), team);
    // The same in float64 for a texel whose neighbours stay near 0: they move by the smoothness term only,
    // so they are followed too, as a plus-shaped neighbourhood.
    double o[3] = {0, 0, 0}, m[3] = {}, v[3] = {};
    double near[3] = {}, near_m[3] = {}, near_v[3] = {};
    const double c0[3] = {0.7, 0, 0};
    const double smooth = 40.0 / 195840;
    for (int t = 1; t <= 2; ++t) {
        double r[3], size = 1e-6;
        for (int c = 0; c < 3; ++c) {
            r[c] = c0[c] + o[c] - 0.75;
            size += r[c] * r[c];
        }
        fit.step();
        EXPECT_NEAR(fit.photo_loss(), std::sqrt(size), 1e-5);
        for (int c = 0; c < 3; ++c) {
            const double gradient = 1.92 * r[c] / std::sqrt(size) + smooth * 4 * (o[c] - near[c]);
            const double near_gradient = smooth * (near[c] - o[c] + 3 * near[c]);
            const auto adam = [t](double g, double& x, double& mm, double& vv) {
                mm = 0.9 * mm + 0.1 * g;
                vv = 0.999 * vv + 0.001 * g * g;
                x -= 0.01 / (1 - std::pow(0.9, t)) * mm /
                     (std::sqrt(vv) / std::sqrt(1 - std::pow(0.999, t)) + 1e-8);
            };
            adam(gradient, o[c], m[c], v[c]);
            adam(near_gradient, near[c], near_m[c], near_v[c]);
            EXPECT_NEAR(fit.offset().at(100, 100)[c], o[c], 1e-5) << t;
            EXPECT_NEAR(fit.offset().at(99, 100)[c], near[c], 1e-5) << t;
        }
    }
}

TEST(TextureFit, ReachesTheTarget) {
    Team team(2);
    std::vector<TexturePixel> pixels;
    for (int i = 0; i < 400; ++i) {
        pixels.push_back(pixel_of(i, (50 + i / 20) * 256 + 50 + i % 20));
    }
    TextureFit fit(pixels, Map(uv_size, uv_size, 3), target_of(0.25F), team);
    for (int i = 0; i < fit_steps; ++i) {
        fit.step();
    }
    EXPECT_LT(fit.photo_loss(), 0.05);
    EXPECT_NEAR(fit.texture().at(60, 60)[1], 0.25, 0.03);
}

TEST(TextureFit, GivesTheSameBitsWithAnyNumberOfThreads) {
    std::vector<TexturePixel> pixels;
    for (int i = 0; i < 5000; ++i) {
        TexturePixel p = pixel_of(i, (20 + i / 100) * 256 + 2 * (i % 100));
        p.weight = {0.1F, 0.2F, 0.3F, 0.4F};
        pixels.push_back(p);
    }
    const auto run = [&](int threads) {
        Team team(threads);
        TextureFit fit(pixels, Map(uv_size, uv_size, 3), target_of(0.6F), team);
        for (int i = 0; i < 20; ++i) {
            fit.step();
        }
        return fit.texture().values;
    };
    const std::vector<float> one = run(1);
    EXPECT_EQ(one, run(2));
    EXPECT_EQ(one, run(7));
}

TEST(TextureFit, LeavesTheTextureAloneWhenNothingIsSeen) {
    Team team(1);
    TextureFit fit({}, Map(uv_size, uv_size, 3), target_of(1), team);
    fit.step();
    EXPECT_EQ(fit.photo_loss(), 0);
    for (const float value : fit.offset().values) {
        ASSERT_EQ(value, 0.0F);
    }
}

TEST(TextureFit, KeepsTheBordersOfTheTextureInside) {
    Team team(1);
    std::vector<TexturePixel> pixels;
    for (const int corner : {0, 255, 255 * 256, 65535}) {
        TexturePixel p;
        p.pixel = corner % crop_size;
        p.texel = {corner, corner, corner, corner};
        p.weight = {0.25F, 0.25F, 0.25F, 0.25F};
        pixels.push_back(p);
    }
    TextureFit fit(pixels, Map(uv_size, uv_size, 3), target_of(1), team);
    fit.step();
    fit.step();
    EXPECT_NEAR(fit.offset().at(0, 0)[0], 0.02, 1e-3);
    EXPECT_NEAR(fit.offset().at(255, 255)[2], 0.02, 1e-3);
    EXPECT_GT(fit.offset().at(0, 1)[0], 0.0F);        // drawn along by the smoothness
    EXPECT_EQ(fit.offset().at(1, 255 - 3)[0], 0.0F);  // and nothing wraps around
}

TEST(TextureFit, RefusesImagesOfAnotherSize) {
    Team team(1);
    EXPECT_THROW(TextureFit({}, Map(8, 8, 3), target_of(1), team), std::invalid_argument);
}

}  // namespace
}  // namespace hrn::core
