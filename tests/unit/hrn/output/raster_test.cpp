#include "worker/hrn/output/raster.hpp"

#include <gtest/gtest.h>

#include <array>
#include <limits>
#include <stdexcept>

namespace hrn::output {
namespace {

// A square of two triangles over pixels 2..5 at `depth`.
void add_square(std::vector<ScreenVertex>& vertices, std::vector<std::int32_t>& faces, float depth) {
    const auto base = static_cast<std::int32_t>(vertices.size());
    vertices.insert(vertices.end(), {{2, 2, depth}, {6, 2, depth}, {6, 6, depth}, {2, 6, depth}});
    faces.insert(faces.end(), {base, base + 1, base + 2, base, base + 2, base + 3});
}

TEST(Raster, CoversThePixelsWhoseCentresLieInside) {
    std::vector<ScreenVertex> vertices;
    std::vector<std::int32_t> faces;
    add_square(vertices, faces, 1);
    GBuffer out;
    rasterise(vertices, faces, 8, 8, out);
    for (std::size_t row = 0; row < 8; ++row) {
        for (std::size_t column = 0; column < 8; ++column) {
            const bool inside = row >= 2 && row < 6 && column >= 2 && column < 6;
            EXPECT_EQ(out.covered(row * 8 + column), inside) << row << ' ' << column;
        }
    }
}

TEST(Raster, ShowsTheNearerOfTwoSurfacesInAnyOrder) {
    for (const bool near_first : {true, false}) {
        std::vector<ScreenVertex> vertices;
        std::vector<std::int32_t> faces;
        add_square(vertices, faces, near_first ? 1.0F : 2.0F);
        add_square(vertices, faces, near_first ? 2.0F : 1.0F);
        GBuffer out;
        rasterise(vertices, faces, 8, 8, out);
        EXPECT_FLOAT_EQ(out.depth[3 * 8 + 3], 1.0F);
        EXPECT_EQ(out.face[3 * 8 + 3] < 2, near_first);
    }
}

TEST(Raster, GivesTheSameDepthsWithoutTheRest) {
    std::vector<ScreenVertex> vertices{{0, 0, 1.5F}, {8, 1, 3}, {1, 8, 2}};
    std::vector<std::int32_t> faces{0, 1, 2};
    add_square(vertices, faces, 2);
    GBuffer out;
    rasterise(vertices, faces, 8, 8, out);
    EXPECT_EQ(nearest_depths(vertices, faces, 8, 8), out.depth);
    EXPECT_THROW(static_cast<void>(nearest_depths(vertices, faces, 0, 8)), std::invalid_argument);
}

TEST(Raster, InterpolatesInSpaceNotOnTheScreen) {
    // From depth 1 at the left to depth 3 at the right: halfway on the screen lies at depth 1.5, a quarter of
    // the way.
    const std::vector<ScreenVertex> vertices{{0, -10, 1}, {8, -10, 3}, {8, 30, 3}, {0, 30, 1}};
    const std::array faces{0, 1, 2, 0, 2, 3};
    GBuffer out;
    rasterise(vertices, faces, 8, 8, out);
    const std::size_t pixel = 4 * 8 + 4;  // x = 4.5: nearness 1 - (4.5/8)(2/3) = 0.625
    EXPECT_NEAR(out.depth[pixel], 1.6F, 1e-5);
}

TEST(Raster, SkipsFacesBehindTheCameraAndNotANumber) {
    const std::vector<ScreenVertex> vertices{
        {0, 0, 1}, {8, 0, 1}, {0, 8, 1}, {0, 0, -1}, {std::numeric_limits<float>::quiet_NaN(), 0, 1}};
    const std::array faces{3, 1, 2, 4, 1, 2};
    GBuffer out;
    rasterise(vertices, faces, 8, 8, out);
    for (std::size_t pixel = 0; pixel < 64; ++pixel) {
        EXPECT_FALSE(out.covered(pixel));
    }
}

TEST(Raster, CutsFacesAtThePictureEdge) {
    const std::vector<ScreenVertex> vertices{{-1e6F, -1e6F, 1}, {1e6F, -1e6F, 1}, {0, 1e6F, 1}};
    const std::array faces{0, 1, 2};
    GBuffer out;
    rasterise(vertices, faces, 5, 3, out);
    for (std::size_t pixel = 0; pixel < 15; ++pixel) {
        EXPECT_TRUE(out.covered(pixel));
    }
}

TEST(Raster, RefusesAPictureWithoutPixelsAndAForeignIndex) {
    const std::vector<ScreenVertex> vertices(3, ScreenVertex{0, 0, 1});
    GBuffer out;
    EXPECT_THROW(rasterise(vertices, std::array{0, 1, 2}, 0, 8, out), std::invalid_argument);
    EXPECT_THROW(rasterise(vertices, std::array{0, 1, 3}, 8, 8, out), std::invalid_argument);
}

}  // namespace
}  // namespace hrn::output
