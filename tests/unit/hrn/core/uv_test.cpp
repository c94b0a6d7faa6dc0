// UV rasterisation, sampling into UV, and the offset taps (core.md 5, 6, 7).
#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <cstdint>

#include "tests/unit/hrn/core/golden_arrays.hpp"
#include "tests/unit/hrn/core/small_face.hpp"
#include "worker/hrn/core/deformation.hpp"
#include "worker/hrn/core/mask_smoothing.hpp"
#include "worker/hrn/core/network_inputs.hpp"
#include "worker/hrn/core/pose.hpp"
#include "worker/hrn/core/resize.hpp"
#include "worker/hrn/core/texture_sample.hpp"
#include "worker/hrn/core/uv_raster.hpp"

namespace hrn::core {
namespace {

// The u or v of a texel's centre.
constexpr float centre(int column) {
    return (static_cast<float>(column) + 0.5F) / uv_size;
}

std::size_t texel(int row, int column) {
    return static_cast<std::size_t>(row) * uv_size + static_cast<std::size_t>(column);
}

TEST(UvRaster, PutsRowZeroAtTheTop) {
    // A triangle around the centre of texel (row 10, column 200): v is measured from below.
    const float u = centre(200);
    const float v = 1 - centre(10);
    const std::vector<Vec2> uvs = {{u - 0.01F, v - 0.01F}, {u + 0.013F, v - 0.01F}, {u, v + 0.013F}};
    const std::vector<Face> faces = {{0, 1, 2}};
    const UvRaster raster = rasterise_uvs(uvs, faces);
    EXPECT_TRUE(raster.texels[texel(10, 200)].covered());
    EXPECT_FALSE(raster.texels[texel(245, 200)].covered());
    EXPECT_FALSE(raster.texels[texel(10, 55)].covered());
}

TEST(UvRaster, LeavesAHoleWhereATexelCentreLiesOnAnEdge) {
    // The shared edge of two triangles runs exactly through the centres of column 100.
    const float u = centre(100);
    const std::vector<Vec2> uvs = {{u, 0.2F}, {u, 0.8F}, {u - 0.1F, 0.5F}, {u + 0.1F, 0.5F}};
    const std::vector<Face> faces = {{0, 1, 2}, {1, 0, 3}};
    const UvRaster raster = rasterise_uvs(uvs, faces);
    EXPECT_FALSE(raster.texels[texel(128, 100)].covered());
    EXPECT_TRUE(raster.texels[texel(128, 99)].covered());
    EXPECT_TRUE(raster.texels[texel(128, 101)].covered());
}

TEST(UvRaster, CoversBothWindings) {
    const std::vector<Vec2> uvs = {{0.25F, 0.25F}, {0.75F, 0.25F}, {0.5F, 0.75F}};
    const UvRaster one = rasterise_uvs(uvs, std::vector<Face>{{0, 1, 2}});
    const UvRaster other = rasterise_uvs(uvs, std::vector<Face>{{0, 2, 1}});
    EXPECT_TRUE(one.texels[texel(150, 128)].covered());
    EXPECT_TRUE(other.texels[texel(150, 128)].covered());
}

TEST(UvRaster, WeightsMissOneByTheAddedArea) {
    // 1e-8 added to a signed area of about 1e-4: weights of one winding sum to less than 1, of the other to
    // more.
    const float u = centre(128);
    const float v = centre(128);
    const std::vector<Vec2> uvs = {{u - 0.003F, v - 0.003F}, {u + 0.004F, v - 0.003F}, {u, v + 0.004F}};
    const auto sum = [&](const Face& face) {
        const UvRaster raster = rasterise_uvs(uvs, std::vector<Face>{face});
        const auto w = raster.texels[texel(127, 128)].weight;
        return static_cast<double>(w[0]) + w[1] + w[2];
    };
    const double a = sum({0, 1, 2});
    const double b = sum({0, 2, 1});
    EXPECT_NEAR(std::fabs(a - 1), 5.1e-5, 2e-5);
    EXPECT_NEAR(std::fabs(b - 1), 5.1e-5, 2e-5);
    EXPECT_LT((a - 1) * (b - 1), 0);
}

TEST(UvRaster, SkipsFacesWithoutArea) {
    const std::vector<Vec2> uvs = {{0.1F, 0.1F}, {0.5F, 0.5F}, {0.9F, 0.9F}};
    const UvRaster raster = rasterise_uvs(uvs, std::vector<Face>{{0, 1, 2}});
    for (const UvTexel& t : raster.texels) {
        EXPECT_FALSE(t.covered());
    }
}

TEST(UvRaster, GivesOverlapsToTheLowerFaceWhenWeightsSumAlike) {
    const std::vector<Vec2> uvs = {{0.25F, 0.25F}, {0.75F, 0.25F}, {0.5F, 0.75F}};
    const UvRaster raster = rasterise_uvs(uvs, std::vector<Face>{{0, 1, 2}, {0, 1, 2}});
    EXPECT_EQ(raster.face[texel(150, 128)], 0);
}

TEST(UvRaster, SpreadsAnAttributeAndLeavesTheOutsideZero) {
    Team team(2);
    const FaceModel face = small_face();
    std::vector<Vec3> attribute;
    for (const Vec2& uv : face.uvs) {
        attribute.push_back({uv.x, uv.y, 1});
    }
    const Map map = to_uv(face.uv_raster, attribute, team);
    const Vec3 inside = map.vec3(texel(128, 100));
    EXPECT_NEAR(inside.x, centre(100), 2e-4);
    EXPECT_NEAR(inside.y, 1 - centre(128), 2e-4);
    EXPECT_NEAR(inside.z, 1, 2e-4);
    EXPECT_EQ(map.vec3(0).z, 0);
}

// Covers only texel (128, 128) with vertex 0, 1, 2 all at one camera point.
struct OneTexel {
    UvRaster raster;
    OneTexel() {
        raster.texels.resize(static_cast<std::size_t>(uv_size) * uv_size);
        raster.texels[texel(128, 128)] = {{0, 1, 2}, {1, 0, 0}};
    }
};

Map numbered_image(int height, int width) {
    Map image(height, width, 1);
    for (int y = 0; y < height; ++y) {
        for (int x = 0; x < width; ++x) {
            *image.at(y, x) = static_cast<float>(100 * y + x);
        }
    }
    return image;
}

// The camera point that projects to pixel (x, y up) of the 224 crop.
Vec3 seen_at(float x, float y) {
    return {(x - 112) * 10 / 1015, (y - 112) * 10 / 1015, 10};
}

TEST(Sample, GivesTheRowAboveTheWeightOfTheRowBelow) {
    Team team(1);
    const OneTexel one;
    const Map image = numbered_image(224, 224);
    // y = 223 - 122.75 = 100.25 in rows from the top: row 100 gets 0.25, row 101 gets 0.75.
    const std::array<Vec3, 3> camera = {{seen_at(50.5F, 122.75F), {}, {}}};
    const Map out = sample_into_uv(one.raster, camera, image, team);
    EXPECT_NEAR(out.values[texel(128, 128)], 0.25 * 10050.5 + 0.75 * 10150.5, 0.05);
}

TEST(Sample, ReadsTheBottomLeftPixelOutsideTheFace) {
    Team team(1);
    const OneTexel one;
    const Map image = numbered_image(224, 224);
    const std::array<Vec3, 3> camera = {{seen_at(50, 50), {}, {}}};
    const Map out = sample_into_uv(one.raster, camera, image, team);
    EXPECT_EQ(out.values[0], 22300.0F);
    EXPECT_EQ(out.values[texel(200, 7)], 22300.0F);
}

TEST(Sample, ScalesToTheImageAndClampsToIt) {
    Team team(1);
    const OneTexel one;
    const Map image = numbered_image(512, 512);
    const std::array<Vec3, 3> inside = {{seen_at(112, 112), {}, {}}};
    // x = 256 exactly; y = 511 - 256 = 255: fraction 0 gives the weight to row 256.
    EXPECT_NEAR(sample_into_uv(one.raster, inside, image, team).values[texel(128, 128)], 25856.0F, 0.1);
    const std::array<Vec3, 3> far = {{{1e20F, 1e20F, 10}, {}, {}}};
    EXPECT_TRUE(std::isfinite(sample_into_uv(one.raster, far, image, team).values[texel(128, 128)]));
}

TEST(Sample, DividesBytesIn64BitsAndRoundsOnce) {
    const std::array<std::uint8_t, 3> bytes = {0, 51, 255};
    const Map map = from_bytes(bytes, 1, 1, 3);
    EXPECT_EQ(map.values, (std::vector<float>{0.0F, static_cast<float>(51 / 255.0), 1.0F}));
    EXPECT_THROW((void)from_bytes(bytes, 1, 2, 3), std::invalid_argument);
}

TEST(Resize, From256To64AveragesTheTwoMiddleTexels) {
    Team team(2);
    const Map map = numbered_image(256, 256);
    const Map small = resize_bilinear(map, 64, 64, team);
    EXPECT_NEAR(*small.at(3, 5), 100 * 13.5 + 21.5, 1e-3);
}

TEST(Resize, EnlargesWithFixedWeightsAndClampsAtTheBorder) {
    Team team(1);
    Map two(1, 2, 1);
    two.values = {0, 8};
    const Map large = resize_bilinear(two, 1, 8, team);
    EXPECT_EQ(large.values, (std::vector<float>{0, 0, 1, 3, 5, 7, 8, 8}));
}

TEST(Mask, ErosionTakesTheLeastNeighbourAndIgnoresTheOutside) {
    Map mask(8, 8, 1);
    std::fill(mask.values.begin(), mask.values.end(), 1.0F);
    *mask.at(4, 4) = 0.25F;
    const Map out = erode3(mask);
    EXPECT_EQ(*out.at(3, 5), 0.25F);
    EXPECT_EQ(*out.at(2, 4), 1.0F);
    EXPECT_EQ(*out.at(0, 0), 1.0F);
}

TEST(Mask, BlurReflectsWithoutRepeatingTheEdge) {
    Team team(2);
    Map mask(12, 12, 1);
    *mask.at(0, 0) = 121;
    // Texel 0 is not repeated at the border: it is counted once by 0..5 and never twice.
    EXPECT_NEAR(*blur11(mask, team).at(0, 0), 1, 1e-6);
    Map next(12, 12, 1);
    *next.at(1, 1) = 121;
    EXPECT_NEAR(*blur11(next, team).at(0, 0), 4, 1e-6);  // itself and its mirror image, both ways
}

TEST(Mask, RefusesMapsSmallerThanItsWindow) {
    Team team(1);
    EXPECT_THROW((void)blur11(Map(5, 20, 1), team), std::invalid_argument);
}

TEST(Mask, EqualsTheGoldenSmoothedMask) {
    Team team(2);
    const Map mask = golden_planar("valid_mask", 1, uv_size, uv_size);
    expect_golden(blur11(erode3(mask), team), "smoothed_mask", 6, 1e-6, 1e-5);
}

TEST(Deformation, EqualsTheGoldenMapForTheGoldenOutputAndMask) {
    Team team(1);
    const Map output = golden_planar("mid_output", 3, deformation_size, deformation_size);
    const Map mask = blur11(erode3(golden_planar("valid_mask", 1, uv_size, uv_size)), team);
    const Map small = resize_bilinear(mask, deformation_size, deformation_size, team);
    expect_golden(deformation_map(output, 0.15F, small), "deformation_map", 1, 1.5e-8, 1.5e-7);
}

TEST(Deformation, TapsSitAtTexelCornersAndAreClamped) {
    const std::vector<Vec2> uvs = {{10.25F / 64, 20.75F / 64}, {0, 0}, {1, 1}};
    const std::vector<OffsetTap> taps = offset_taps(uvs);
    // v grows upwards: row 63 - 20 gets the fraction of v, the row below it the rest.
    EXPECT_EQ(taps[0].texel,
              (std::array<std::int32_t, 4>{43 * 64 + 10, 44 * 64 + 10, 43 * 64 + 11, 44 * 64 + 11}));
    EXPECT_NEAR(taps[0].weight[0], 0.75 * 0.75, 1e-6);
    EXPECT_NEAR(taps[0].weight[3], 0.25 * 0.25, 1e-6);
    EXPECT_EQ(taps[1].texel, (std::array<std::int32_t, 4>{63 * 64, 63 * 64, 63 * 64 + 1, 63 * 64 + 1}));
    EXPECT_EQ(taps[2].texel, (std::array<std::int32_t, 4>{63, 63, 63, 63}));
}

TEST(NetworkInputs, OfTheGoldenTextureEqualTheGoldenInput) {
    Team team(2);
    const Map texture = golden_interleaved("texture_map", uv_size, uv_size, 3);
    const Map positions(uv_size, uv_size, 3);
    const Map input = mid_input(positions, texture, team);
    const Map want = golden_planar("mid_input", 6, deformation_size, deformation_size);
    for (std::size_t t = 0; t < input.pixels(); ++t) {
        for (std::size_t ch = 3; ch < 6; ++ch) {
            ASSERT_NEAR(input.values[6 * t + ch], want.values[6 * t + ch], 1e-6);
        }
    }
}

}  // namespace
}  // namespace hrn::core
