#include "worker/hrn/core/uv_raster.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace hrn::core {
namespace {

// Twice the signed area of (a, b, p), in the order of operations that core.md 5 prescribes.
float edge(Vec2 p, Vec2 a, Vec2 b) {
    return (p.x - a.x) * (b.y - a.y) - (p.y - a.y) * (b.x - a.x);
}

// Texels whose centres may lie between lo and hi (0..1), one more on each side against rounding.
struct Range {
    int first, last;
};
Range texel_range(float lo, float hi) {
    const auto clamp = [](float x) {
        return static_cast<int>(std::clamp(x, -1.0F, static_cast<float>(uv_size)));
    };
    return {std::max(0, clamp(std::floor(lo * uv_size - 0.5F)) - 1),
            std::min(uv_size - 1, clamp(std::ceil(hi * uv_size - 0.5F)) + 1)};
}

}  // namespace

UvRaster rasterise_uvs(std::span<const Vec2> uvs, std::span<const Face> faces) {
    constexpr std::size_t texels = static_cast<std::size_t>(uv_size) * uv_size;
    UvRaster raster;
    raster.texels.resize(texels);
    raster.face.assign(texels, -1);
    std::vector<float> nearest(texels, std::numeric_limits<float>::infinity());
    std::vector<Vec2> points(uvs.size());  // x grows to the left, y upwards
    for (std::size_t i = 0; i < uvs.size(); ++i) {
        points[i] = {1.0F - 2.0F * uvs[i].x, 2.0F * uvs[i].y - 1.0F};
    }
    for (std::size_t f = 0; f < faces.size(); ++f) {
        const auto [vi, vj, vk] = faces[f];
        const Vec2 i = points[static_cast<std::size_t>(vi)];
        const Vec2 j = points[static_cast<std::size_t>(vj)];
        const Vec2 k = points[static_cast<std::size_t>(vk)];
        // Negated, so that NaN is skipped too.
        if (!(std::fabs(edge(i, j, k)) > 1e-8F)) {
            continue;
        }
        const float area = edge(k, i, j) + 1e-8F;
        const auto [u_lo, u_hi] =
            std::minmax({uvs[static_cast<std::size_t>(vi)].x, uvs[static_cast<std::size_t>(vj)].x,
                         uvs[static_cast<std::size_t>(vk)].x});
        const auto [v_lo, v_hi] =
            std::minmax({uvs[static_cast<std::size_t>(vi)].y, uvs[static_cast<std::size_t>(vj)].y,
                         uvs[static_cast<std::size_t>(vk)].y});
        const Range columns = texel_range(u_lo, u_hi);
        const Range rows = texel_range(1.0F - v_hi, 1.0F - v_lo);
        for (int row = rows.first; row <= rows.last; ++row) {
            for (int column = columns.first; column <= columns.last; ++column) {
                // Exact in float32: multiples of 1/256.
                const Vec2 p = {1.0F - (2.0F * static_cast<float>(column) + 1.0F) / uv_size,
                                1.0F - (2.0F * static_cast<float>(row) + 1.0F) / uv_size};
                const float wi = edge(p, j, k) / area;
                const float wj = edge(p, k, i) / area;
                const float wk = edge(p, i, j) / area;
                if (!(wi > 0 && wj > 0 && wk > 0)) {
                    continue;
                }
                const auto texel = static_cast<std::size_t>(row) * uv_size + static_cast<std::size_t>(column);
                // All depths are 1, so the rounding of this sum decides between overlapping faces.
                const float depth = wi + wj + wk;
                if (depth < nearest[texel]) {
                    nearest[texel] = depth;
                    raster.texels[texel] = {{vi, vj, vk}, {wi, wj, wk}};
                    raster.face[texel] = static_cast<std::int32_t>(f);
                }
            }
        }
    }
    return raster;
}

Map to_uv(const UvRaster& raster, std::span<const Vec3> attribute, Team& team) {
    Map out(uv_size, uv_size, 3);
    team.over(raster.texels.size(), [&](std::size_t begin, std::size_t end) {
        for (std::size_t t = begin; t < end; ++t) {
            out.set(t, to_uv(raster.texels[t], attribute));
        }
    });
    return out;
}

}  // namespace hrn::core
