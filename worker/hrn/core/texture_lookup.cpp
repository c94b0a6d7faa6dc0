#include "worker/hrn/core/texture_lookup.hpp"

#include <algorithm>
#include <cmath>

namespace hrn::core {
namespace {

struct Wrapped {
    int first, second;
    float fraction;
};

Wrapped wrap(float coordinate) {
    const float texel = (coordinate - std::floor(coordinate)) * uv_size - 0.5F;
    const float floored = std::floor(texel);
    // NaN and the like become texel 0; the caller sees them again in the weights.
    const int i = std::isfinite(floored) ? static_cast<int>(floored) : 0;
    return {(i + uv_size) % uv_size, (i + 1 + uv_size) % uv_size, texel - floored};
}

}  // namespace

Barycentrics pixel_barycentrics(const ClipTriangle& triangle, int row, int column) {
    const float fx = (2.0F * static_cast<float>(column) + 1.0F) / crop_size - 1.0F;
    const float fy = (2.0F * static_cast<float>(row) + 1.0F) / crop_size - 1.0F;
    std::array<Vec2, 3> p;
    for (std::size_t k = 0; k < 3; ++k) {
        p[k] = {triangle[k].x - fx * triangle[k].w, triangle[k].y - fy * triangle[k].w};
    }
    const auto area = [](Vec2 a, Vec2 b) { return a.x * b.y - a.y * b.x; };
    const float a0 = area(p[1], p[2]);
    const float a1 = area(p[2], p[0]);
    const float a2 = area(p[0], p[1]);
    const float reciprocal = 1.0F / (a0 + a1 + a2);
    const float b0 = std::clamp(a0 * reciprocal, 0.0F, 1.0F);
    const float b1 = std::clamp(a1 * reciprocal, 0.0F, 1.0F);
    const float scale = 1.0F / std::max(b0 + b1, 1.0F);
    return {b0 * scale, b1 * scale};
}

void fetch_taps(Vec2 texture_point, TexturePixel& pixel) {
    const Wrapped x = wrap(texture_point.x);
    const Wrapped y = wrap(texture_point.y);
    pixel.texel = {y.first * uv_size + x.first, y.first * uv_size + x.second, y.second * uv_size + x.first,
                   y.second * uv_size + x.second};
    pixel.weight = {(1 - x.fraction) * (1 - y.fraction), x.fraction * (1 - y.fraction),
                    (1 - x.fraction) * y.fraction, x.fraction * y.fraction};
}

std::vector<TexturePixel> texture_pixels(const FaceRaster& raster, std::span<const ClipPoint> points,
                                         std::span<const Face> faces, std::span<const Vec2> uvs) {
    std::vector<TexturePixel> out;
    for (std::size_t i = 0; i < raster.face.size(); ++i) {
        if (raster.face[i] < 0) {
            continue;
        }
        const Face& face = faces[static_cast<std::size_t>(raster.face[i])];
        const auto v0 = static_cast<std::size_t>(face[0]);
        const auto v1 = static_cast<std::size_t>(face[1]);
        const auto v2 = static_cast<std::size_t>(face[2]);
        TexturePixel pixel;
        pixel.pixel = static_cast<std::int32_t>(i);
        const Barycentrics b = pixel_barycentrics({points[v0], points[v1], points[v2]},
                                                  pixel.pixel / crop_size, pixel.pixel % crop_size);
        const float third = 1.0F - b.first - b.second;
        fetch_taps(
            {b.first * uvs[v0].x + b.second * uvs[v1].x + third * uvs[v2].x,
             b.first * (1.0F - uvs[v0].y) + b.second * (1.0F - uvs[v1].y) + third * (1.0F - uvs[v2].y)},
            pixel);
        out.push_back(pixel);
    }
    return out;
}

Map render(std::span<const TexturePixel> pixels, const Map& texture) {
    Map out(crop_size, crop_size, 3);
    for (const TexturePixel& p : pixels) {
        Vec3 sum;
        for (std::size_t k = 0; k < 4; ++k) {
            sum = sum + texture.vec3(static_cast<std::size_t>(p.texel[k])) * p.weight[k];
        }
        out.set(static_cast<std::size_t>(p.pixel), sum);
    }
    return out;
}

}  // namespace hrn::core
