// Which texels a raster pixel shows and with which weights (core.md 9): perspective-correct barycentrics from
// the unsnapped corners, then a bilinear fetch with wrapping. Constant during a texture fit.
//
// Pure functions, any thread.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "worker/hrn/core/face_raster.hpp"
#include "worker/hrn/core/vec3.hpp"

namespace hrn::core {

// Weights of the first two corners of a face at a pixel centre, each in 0..1, together at most 1.
struct Barycentrics {
    float first = 0, second = 0;
};
[[nodiscard]] Barycentrics pixel_barycentrics(const ClipTriangle& triangle, int row, int column);

// One covered pixel.
struct TexturePixel {
    std::int32_t pixel = 0;               // row * 224 + column
    std::array<std::int32_t, 4> texel{};  // row * 256 + column: (x0,y0) (x1,y0) (x0,y1) (x1,y1)
    std::array<float, 4> weight{};
};

// texture_point: (u, 1 - v), any numbers (they wrap). Fills texel and weight.
void fetch_taps(Vec2 texture_point, TexturePixel& pixel);

// All covered pixels in ascending order. uvs: v up.
[[nodiscard]] std::vector<TexturePixel> texture_pixels(const FaceRaster& raster,
                                                       std::span<const ClipPoint> points,
                                                       std::span<const Face> faces,
                                                       std::span<const Vec2> uvs);

// 224 x 224 x 3, 0 where nothing is. texture: 256 x 256 x 3.
[[nodiscard]] Map render(std::span<const TexturePixel> pixels, const Map& texture);

}  // namespace hrn::core
