// Attributes of vertices spread over the UV map (`touv`, core.md 5): which face covers a texel and with which
// weights is constant per model, so it is found once and every use is a gather.
//
// Immutable after it was built; any thread. Indices must be valid: the model's loader has checked them.
// NaN coordinates cover nothing.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "worker/hrn/core/team.hpp"
#include "worker/hrn/core/vec3.hpp"

namespace hrn::core {

struct UvTexel {
    std::array<std::int32_t, 3> vertex{-1, -1, -1};
    std::array<float, 3> weight{};  // they do not sum to 1, as officially
    [[nodiscard]] bool covered() const { return vertex[0] >= 0; }
};

struct UvRaster {
    std::vector<UvTexel> texels;  // 256 * 256
    // For each texel the covering face, -1 outside.
    std::vector<std::int32_t> face;
};

// uvs: N points, v up; faces: those of template_bfm.obj. A texel whose centre lies exactly on an edge is
// covered by neither side.
[[nodiscard]] UvRaster rasterise_uvs(std::span<const Vec2> uvs, std::span<const Face> faces);

// 256 x 256 x 3; 0 outside.
[[nodiscard]] Map to_uv(const UvRaster& raster, std::span<const Vec3> attribute, Team& team);

// One texel of it.
inline Vec3 to_uv(const UvTexel& texel, std::span<const Vec3> attribute) {
    if (!texel.covered()) {
        return {};
    }
    return attribute[static_cast<std::size_t>(texel.vertex[0])] * texel.weight[0] +
           attribute[static_cast<std::size_t>(texel.vertex[1])] * texel.weight[1] +
           attribute[static_cast<std::size_t>(texel.vertex[2])] * texel.weight[2];
}

}  // namespace hrn::core
