// Albedo, de-retouching, light, and the normals of the UV grid (core.md 6 and 8).
#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <numbers>
#include <stdexcept>

#include "worker/hrn/core/albedo.hpp"
#include "worker/hrn/core/de_retouch.hpp"
#include "worker/hrn/core/grid_normals.hpp"
#include "worker/hrn/core/lighting.hpp"

namespace hrn::core {
namespace {

Map filled(int size, std::array<float, 3> colour) {
    Map map(size, size, 3);
    for (std::size_t i = 0; i < map.values.size(); ++i) {
        map.values[i] = colour[i % 3];
    }
    return map;
}

TEST(Albedo, AveragesTwoByTwoTexelsOfMeanAndBasis) {
    Team team(2);
    constexpr std::size_t texels = 512UL * 512;
    std::vector<float> mean(texels * 3);
    std::vector<float> basis(texels * 3 * 80);
    // Only the block of texel (3, 7), green, differs from 0.
    const auto at = [](std::size_t row, std::size_t column) { return (row * 512 + column) * 3 + 1; };
    mean[at(6, 14)] = 255 * 4;
    basis[at(7, 15) * 80 + 2] = 255 * 8;
    const AlbedoModel model = reduce_albedo(mean, basis, team);
    std::array<float, 80> coefficients{};
    coefficients[2] = 0.5F;
    const Map map = albedo_map(model, coefficients, team);
    EXPECT_FLOAT_EQ(map.at(3, 7)[1], 2.0F);
    EXPECT_EQ(map.at(3, 7)[0], 0.0F);
    EXPECT_EQ(map.at(3, 8)[1], 0.0F);
}

TEST(Albedo, RefusesATextureModelOfAnotherSize) {
    Team team(1);
    EXPECT_THROW((void)reduce_albedo(std::vector<float>(3), std::vector<float>(240), team),
                 std::invalid_argument);
}

TEST(DeRetouch, ChangesNothingWhereTheBlendLayerIsHalf) {
    const Map albedo = filled(4, {0.7F, 0.5F, 0.3F});
    const Map out = de_retouched_albedo(filled(4, {0.2F, 0.4F, 0.9F}), filled(4, {0.5F, 0.5F, 0.5F}), albedo);
    for (std::size_t i = 0; i < out.values.size(); ++i) {
        EXPECT_NEAR(out.values[i], albedo.values[i], 1e-6);
    }
}

TEST(DeRetouch, FollowsTheFormula) {
    const Map out = de_retouched_albedo(filled(1, {0.5F, 0.25F, 0.0F}), filled(1, {0.25F, 0.75F, 0.5F}),
                                        filled(1, {1, 1, 1}));
    const auto want = [](double t, double b) {
        const double r = (1 - 2 * b) * t * t + 2 * b * t;
        const double phi = 1e6 * r * r * r + 1e-6;
        return (t + 1 / phi) / (r + 1 / phi);
    };
    EXPECT_NEAR(out.values[0], want(0.5, 0.25), 1e-6);
    EXPECT_NEAR(out.values[1], want(0.25, 0.75), 1e-6);
    EXPECT_NEAR(out.values[2], 1, 1e-6);  // black stays as it is: 1/phi outweighs everything
}

TEST(DeRetouch, RefusesMapsOfDifferentSize) {
    EXPECT_THROW((void)de_retouched_albedo(filled(4, {}), filled(5, {}), filled(4, {})),
                 std::invalid_argument);
}

// The light on a surface with this normal, for one band at a time.
float band_light(Vec3 normal, std::size_t band, std::size_t channel) {
    std::array<float, 27> gamma{};
    for (const std::size_t first : {0UL, 9UL, 18UL}) {
        gamma[first] = -0.8F;  // takes the ambient light away
    }
    gamma[9 * channel + band] += 1;
    Map normals(1, 1, 3);
    normals.set(0, normal);
    return lit(filled(1, {1, 1, 1}), normals, gamma).values[channel];
}

TEST(Light, HasNineBandsPerChannel) {
    constexpr double pi = std::numbers::pi;
    const double k0 = pi / std::sqrt(4 * pi);
    const double k1 = 2 * pi / std::sqrt(4 * pi);
    const double k2 = 2 * pi / std::sqrt(8.0) * 3 * std::sqrt(5.0) / std::sqrt(12 * pi);
    const Vec3 n = {0.3F, -0.5F, 0.9F};
    const std::array<double, 9> want = {k0,
                                        0.5 * k1,
                                        0.9 * k1,
                                        -0.3 * k1,
                                        k2 * 0.3 * -0.5,
                                        -k2 * -0.5 * 0.9,
                                        k2 / (2 * std::sqrt(3.0)) * (3 * 0.81 - 1),
                                        -k2 * 0.3 * 0.9,
                                        k2 / 2 * (0.09 - 0.25)};
    for (std::size_t band = 0; band < 9; ++band) {
        for (std::size_t channel = 0; channel < 3; ++channel) {
            EXPECT_NEAR(band_light(n, band, channel), want[band], 1e-6) << band;
        }
    }
}

TEST(Light, IsAmbientWithoutCoefficients) {
    const std::array<float, 27> gamma{};
    const Map out = lit(filled(2, {1, 0.5F, 0}), filled(2, {0, 0, 1}), gamma);
    EXPECT_NEAR(out.values[0], 0.8 * std::sqrt(std::numbers::pi) / 2, 1e-6);
    EXPECT_NEAR(out.values[1], 0.4 * std::sqrt(std::numbers::pi) / 2, 1e-6);
    EXPECT_EQ(out.values[2], 0.0F);
}

// A plane that rises to the right by `slope`, with v up like the face.
Map plane(float slope) {
    Map map(uv_size, uv_size, 3);
    for (int y = 0; y < uv_size; ++y) {
        for (int x = 0; x < uv_size; ++x) {
            const float u = static_cast<float>(x) / 100;
            map.set(static_cast<std::size_t>(y * uv_size + x), {u, -static_cast<float>(y) / 100, slope * u});
        }
    }
    return map;
}

TEST(GridNormals, OfAPlaneAreItsNormalWithXAndYNegated) {
    Team team(3);
    const Map normals = grid_normals(plane(1), team);
    const float* n = normals.at(100, 100);
    EXPECT_NEAR(n[0], std::sqrt(0.5), 1e-5);  // the true normal leans to the left
    EXPECT_NEAR(n[1], 0, 1e-5);
    EXPECT_NEAR(n[2], std::sqrt(0.5), 1e-5);
}

TEST(GridNormals, EndAtTheBordersOfTheGrid) {
    Team team(2);
    const Map normals = grid_normals(plane(0), team);
    const auto z = [&](int row, int column) { return normals.at(row, column)[2]; };
    EXPECT_EQ(z(4, 100), 0);
    EXPECT_NE(z(5, 100), 0);
    EXPECT_NE(z(250, 100), 0);
    EXPECT_EQ(z(251, 100), 0);
    EXPECT_EQ(z(100, 1), 0);
    EXPECT_NE(z(100, 2), 0);
    EXPECT_NE(z(100, 253), 0);
    EXPECT_EQ(z(100, 254), 0);
}

TEST(GridNormals, WeightTrianglesByTheirArea) {
    Team team(1);
    Map map = plane(0);
    // Lifts one texel. Two of its left neighbour's six triangles lean, and with more area count for more:
    // their cross products are (-5e-4, 0, 1e-4) and (-5e-4, 5e-4, 1e-4), those of the other four (0, 0,
    // 1e-4).
    map.at(100, 100)[2] = 0.05F;
    const Map normals = grid_normals(map, team);
    const Vec3 sum = {-1e-3F, 5e-4F, 6e-4F};
    const float* n = normals.at(100, 99);
    EXPECT_NEAR(n[0], -sum.x / length(sum), 1e-4);
    EXPECT_NEAR(n[1], -sum.y / length(sum), 1e-4);
    EXPECT_NEAR(n[2], sum.z / length(sum), 1e-4);
}

TEST(GridNormals, HaveAsManyTrianglesAsQuadsTwice) {
    const std::vector<Face> faces = grid_faces();
    EXPECT_EQ(faces.size(), 2UL * 251 * 245);
    EXPECT_EQ(faces.front(), (Face{5 * 256 + 2, 6 * 256 + 2, 5 * 256 + 3}));
    EXPECT_EQ(faces.back(), (Face{249 * 256 + 253, 250 * 256 + 252, 250 * 256 + 253}));
}

TEST(DetailNormals, AreTheSmoothOnesWithoutDisplacement) {
    Team team(2);
    const Map smooth = filled(uv_size, {0.1F, 0.2F, 0.9F});
    const Map out = detail_normals(plane(0.5F), smooth, Map(uv_size, uv_size, 1), team);
    for (std::size_t i = 0; i < out.values.size(); ++i) {
        ASSERT_NEAR(out.values[i], smooth.values[i], 1e-6);
    }
}

TEST(DetailNormals, RefuseMapsOfAnotherSize) {
    Team team(1);
    EXPECT_THROW((void)detail_normals(Map(8, 8, 3), Map(8, 8, 3), Map(8, 8, 1), team), std::invalid_argument);
}

}  // namespace
}  // namespace hrn::core
