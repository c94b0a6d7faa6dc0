// The 224 raster: clipping, coverage, depth, barycentrics, texture fetch (core.md 9).
#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <limits>
#include <numeric>

#include "worker/hrn/core/face_raster.hpp"
#include "worker/hrn/core/frustum_clip.hpp"
#include "worker/hrn/core/texture_lookup.hpp"

namespace hrn::core {
namespace {

// A clip point with w = 1 at a position in pixels from the left top corner of the image; depth -1..1.
ClipPoint at_pixel(float x, float y, float depth = 0) {
    return {x / 112 - 1, y / 112 - 1, depth, 1};
}

FaceRaster raster_of(const std::vector<ClipPoint>& points, const std::vector<Face>& faces, int threads = 1) {
    Team team(threads);
    return rasterise_faces(points, faces, team);
}

int covered(const FaceRaster& raster) {
    const auto mask = raster.mask();
    return std::accumulate(mask.begin(), mask.end(), 0);
}

std::int32_t at(const FaceRaster& raster, int row, int column) {
    return raster.face[static_cast<std::size_t>(row * crop_size + column)];
}

TEST(ToClip, PutsTheTopOfTheFaceAtTheTop) {
    const ClipPoint p = to_clip({0.5F, 0.25F, 9});
    EXPECT_FLOAT_EQ(p.x, 0.5F * 9.0625F);
    EXPECT_FLOAT_EQ(p.y, -0.25F * 9.0625F);
    EXPECT_FLOAT_EQ(p.z, 3);
    EXPECT_FLOAT_EQ(p.w, 9);
}

TEST(FaceRaster, CoversPixelsWhoseCentresAreInside) {
    // A square from 10 to 20 in both axes, as two triangles: 10 x 10 pixel centres.
    const std::vector<ClipPoint> p = {at_pixel(10, 10), at_pixel(20, 10), at_pixel(20, 20), at_pixel(10, 20)};
    const FaceRaster raster = raster_of(p, {{0, 1, 2}, {0, 2, 3}});
    EXPECT_EQ(covered(raster), 100);
    EXPECT_GE(at(raster, 10, 10), 0);
    EXPECT_EQ(at(raster, 9, 10), -1);
    EXPECT_EQ(at(raster, 10, 20), -1);
}

TEST(FaceRaster, GivesASharedEdgeThroughCentresToExactlyOneFace) {
    // The diagonal runs through pixel centres, and so do all four sides.
    const std::vector<ClipPoint> p = {at_pixel(10.5F, 10.5F), at_pixel(20.5F, 10.5F), at_pixel(20.5F, 20.5F),
                                      at_pixel(10.5F, 20.5F)};
    const int first = covered(raster_of(p, {{0, 1, 2}}));
    const int second = covered(raster_of(p, {{0, 2, 3}}));
    const int both = covered(raster_of(p, {{0, 1, 2}, {0, 2, 3}}));
    EXPECT_EQ(first + second, both);
    EXPECT_EQ(both, 100);  // two of the four sides belong to the square
}

TEST(FaceRaster, OwnsItsTopAndLeftSamplesButNotBottomAndRight) {
    const std::vector<ClipPoint> p = {at_pixel(10.5F, 10.5F), at_pixel(20.5F, 10.5F), at_pixel(20.5F, 20.5F),
                                      at_pixel(10.5F, 20.5F)};
    const FaceRaster raster = raster_of(p, {{0, 1, 2}, {0, 2, 3}});
    const bool left = at(raster, 15, 10) >= 0;
    const bool right = at(raster, 15, 20) >= 0;
    const bool top = at(raster, 10, 15) >= 0;
    const bool bottom = at(raster, 20, 15) >= 0;
    EXPECT_NE(left, right);
    EXPECT_NE(top, bottom);
    // The rule of core.md 9: a sample on an edge is outside when dy > 0, or dy = 0 and dx <= 0, going around
    // with positive area (clockwise on the screen, y down): the right side runs down, the bottom to the left.
    EXPECT_TRUE(left);
    EXPECT_TRUE(top);
}

TEST(FaceRaster, DoesNotCullEitherWinding) {
    const std::vector<ClipPoint> p = {at_pixel(10, 10), at_pixel(40, 12), at_pixel(22, 50)};
    const FaceRaster one = raster_of(p, {{0, 1, 2}});
    const FaceRaster other = raster_of(p, {{0, 2, 1}});
    EXPECT_GT(covered(one), 0);
    EXPECT_EQ(one.mask(), other.mask());
}

TEST(FaceRaster, ShowsTheNearestFace) {
    std::vector<ClipPoint> p;
    for (const float depth : {0.5F, -0.5F}) {
        p.push_back(at_pixel(10, 10, depth));
        p.push_back(at_pixel(60, 10, depth));
        p.push_back(at_pixel(10, 60, depth));
    }
    EXPECT_EQ(at(raster_of(p, {{0, 1, 2}, {3, 4, 5}}), 20, 20), 1);
    EXPECT_EQ(at(raster_of(p, {{3, 4, 5}, {0, 1, 2}}), 20, 20), 0);
}

TEST(FaceRaster, GivesEqualDepthToTheHigherFace) {
    const std::vector<ClipPoint> p = {at_pixel(10, 10), at_pixel(60, 10), at_pixel(10, 60)};
    EXPECT_EQ(at(raster_of(p, {{0, 1, 2}, {0, 1, 2}, {1, 0, 2}}), 20, 20), 2);
}

TEST(FaceRaster, SkipsFacesWithoutAreaAndBrokenCorners) {
    constexpr float nan = std::numeric_limits<float>::quiet_NaN();
    constexpr float inf = std::numeric_limits<float>::infinity();
    const std::vector<ClipPoint> p = {at_pixel(10, 10), at_pixel(20, 20), at_pixel(30, 30), {nan, 0, 0, 1},
                                      {inf, 0, 0, 1},   {0, 0, 0, 0},     {0, 0, 0, -1},    at_pixel(10, 60)};
    const FaceRaster raster =
        raster_of(p, {{0, 1, 2}, {0, 1, 3}, {0, 7, 4}, {0, 7, 5}, {3, 4, 5}, {6, 6, 6}});
    for (const std::int32_t face : raster.face) {
        EXPECT_TRUE(face == -1 || face == 2 || face == 3) << face;  // what of them reaches into the frustum
    }
}

TEST(FaceRaster, IsTheSameWithAnyNumberOfThreads) {
    std::vector<ClipPoint> p;
    std::vector<Face> faces;
    for (int i = 0; i < 300; ++i) {
        const auto f = static_cast<float>(i);
        p.push_back(at_pixel(112 + 100 * std::sin(f), 112 + 100 * std::cos(3 * f), std::sin(7 * f)));
        if (i >= 2) {
            faces.push_back({i - 2, i - 1, i});
        }
    }
    EXPECT_EQ(raster_of(p, faces, 1).face, raster_of(p, faces, 5).face);
}

TEST(FrustumClip, KeepsWhatIsInsideAsItIs) {
    const ClipTriangle t = {at_pixel(10, 10), at_pixel(20, 10), at_pixel(10, 20)};
    std::vector<ClipTriangle> pieces;
    clip_to_frustum(t, pieces);
    ASSERT_EQ(pieces.size(), 1U);
    EXPECT_FLOAT_EQ(pieces[0][1].x, t[1].x);
    EXPECT_FLOAT_EQ(pieces[0][2].y, t[2].y);
}

double area(const std::vector<ClipTriangle>& pieces) {
    double sum = 0;
    for (const ClipTriangle& t : pieces) {
        sum += 0.5 * std::fabs((t[1].x - t[0].x) * (t[2].y - t[0].y) - (t[1].y - t[0].y) * (t[2].x - t[0].x));
    }
    return sum;
}

TEST(FrustumClip, CutsAtEachPlane) {
    std::vector<ClipTriangle> pieces;
    // A right triangle whose long leg leaves the frustum on the right: half of its length is outside.
    clip_to_frustum({{{0, 0, 0, 1}, {2, 0, 0, 1}, {0, 0.5F, 0, 1}}}, pieces);
    EXPECT_NEAR(area(pieces), 0.5 - 0.125, 1e-6);
    for (const ClipTriangle& t : pieces) {
        for (const ClipPoint& c : t) {
            EXPECT_LE(c.x, 1 + 1e-6);
        }
    }
    // The same towards the viewer: the part nearer than the near plane is cut off.
    clip_to_frustum({{{0, 0, 0, 1}, {0.5F, 0, -2, 1}, {0, 0.5F, 0, 1}}}, pieces);
    EXPECT_NEAR(area(pieces), 0.125 - 0.25 * 0.125, 1e-6);
}

TEST(FrustumClip, LeavesNothingOfWhatIsOutside) {
    std::vector<ClipTriangle> pieces;
    clip_to_frustum({{{2, 0, 0, 1}, {3, 0, 0, 1}, {2, 1, 0, 1}}}, pieces);
    EXPECT_TRUE(pieces.empty());
    clip_to_frustum({{{0, 0, 0, -1}, {0.1F, 0, 0, -1}, {0, 0.1F, 0, -1}}}, pieces);
    EXPECT_TRUE(pieces.empty());
}

TEST(FrustumClip, CoversTheWholeImageWithATriangleAroundIt) {
    std::vector<ClipTriangle> pieces;
    const ClipTriangle t = {{{-9, -9, 0, 1}, {9, -9, 0, 1}, {0, 19, 0, 1}}};
    clip_to_frustum(t, pieces);
    EXPECT_NEAR(area(pieces), 4, 1e-4);
    const FaceRaster raster = raster_of({t.begin(), t.end()}, {{0, 1, 2}});
    EXPECT_EQ(covered(raster), crop_size * crop_size);
}

TEST(FaceRaster, DrawsAClippedFaceUnderItsOwnIndex) {
    const std::vector<ClipPoint> p = {at_pixel(200, 100), at_pixel(400, 100), at_pixel(200, 200)};
    const FaceRaster raster = raster_of(p, {{0, 1, 2}});
    EXPECT_EQ(at(raster, 110, 223), 0);
    EXPECT_EQ(at(raster, 110, 199), -1);
}

TEST(Barycentrics, AreCorrectInPerspective) {
    // The second corner is twice as far away: at the middle of the edge on the screen the weight of the near
    // corner is 2/3 in space.
    const float column = 112;
    const float fx = (2 * column + 1) / crop_size - 1;
    const ClipTriangle t = {{{fx - 0.5F, -0.5F, 0, 1}, {2 * (fx + 0.5F), -1, 0, 2}, {fx, 0.7F, 0, 1}}};
    // The pixel row through the edge is -0.5; stand just inside it.
    const int row = static_cast<int>((-0.5F + 1) / 2 * crop_size);
    const Barycentrics b = pixel_barycentrics(t, row, 112);
    EXPECT_NEAR(b.first / (b.first + b.second), 2.0 / 3, 5e-3);
}

TEST(Barycentrics, StayWithinZeroAndOne) {
    const ClipTriangle t = {at_pixel(10, 10), at_pixel(20, 10), at_pixel(10, 20)};
    const Barycentrics b = pixel_barycentrics(t, 200, 200);  // far outside
    EXPECT_GE(b.first, 0);
    EXPECT_GE(b.second, 0);
    EXPECT_LE(b.first + b.second, 1 + 1e-6);
}

TEST(TextureFetch, WrapsAroundAndWeighsFourTexels) {
    TexturePixel pixel;
    fetch_taps({10.25F / 256, 0.1F / 256}, pixel);
    // x: 9.75 between texels 9 and 10; y: -0.4 between texels -1 (wrapped: 255) and 0.
    EXPECT_EQ(pixel.texel, (std::array<std::int32_t, 4>{255 * 256 + 9, 255 * 256 + 10, 9, 10}));
    EXPECT_NEAR(pixel.weight[0], 0.25 * 0.4, 1e-4);
    EXPECT_NEAR(pixel.weight[3], 0.75 * 0.6, 1e-4);
    fetch_taps({1.0F, 2.0F}, pixel);
    EXPECT_EQ(pixel.texel[0], 255 * 256 + 255);
}

TEST(TextureFetch, OfBrokenCoordinatesStaysInsideTheTexture) {
    TexturePixel pixel;
    fetch_taps({std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity()}, pixel);
    for (const std::int32_t t : pixel.texel) {
        EXPECT_GE(t, 0);
        EXPECT_LT(t, 65536);
    }
}

TEST(Render, ShowsTheTextureWhereAFaceIsAndBlackElsewhere) {
    Team team(1);
    const std::vector<ClipPoint> p = {at_pixel(0, 0), at_pixel(224, 0), at_pixel(0, 224)};
    const std::vector<Face> faces = {{0, 1, 2}};
    const std::vector<Vec2> uvs = {{0, 1}, {1, 1}, {0, 0}};  // the texture upright over the image
    Map texture(uv_size, uv_size, 3);
    for (int y = 0; y < uv_size; ++y) {
        for (int x = 0; x < uv_size; ++x) {
            texture.at(y, x)[0] = static_cast<float>(x);
            texture.at(y, x)[1] = static_cast<float>(y);
        }
    }
    const auto pixels = texture_pixels(rasterise_faces(p, faces, team), p, faces, uvs);
    const Map image = render(pixels, texture);
    EXPECT_NEAR(image.at(30, 60)[0], 60.5 * 256 / 224 - 0.5, 1e-3);
    EXPECT_NEAR(image.at(30, 60)[1], 30.5 * 256 / 224 - 0.5, 1e-3);
    EXPECT_EQ(image.at(200, 200)[0], 0.0F);
}

}  // namespace
}  // namespace hrn::core
