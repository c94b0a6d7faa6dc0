// Clip space of the 224 raster, and cutting triangles down to its frustum (core.md 9).
//
// Pure functions, any thread. NaN coordinates give no pieces.
#pragma once

#include <array>
#include <span>
#include <vector>

#include "worker/hrn/core/vec3.hpp"

namespace hrn::core {

struct ClipPoint {
    float x = 0, y = 0, z = 0, w = 0;
};
using ClipTriangle = std::array<ClipPoint, 3>;

// (9.0625 x, -9.0625 y, 2 z - 15, z) of a camera point: near 5, far 15, pixel row 0 at the top.
[[nodiscard]] ClipPoint to_clip(Vec3 camera);
[[nodiscard]] std::vector<ClipPoint> to_clip(std::span<const Vec3> camera);

// |x|, |y|, |z| <= w and w > 0.
[[nodiscard]] bool inside_frustum(const ClipPoint& p);

// The part of the triangle inside the frustum as a fan of triangles, 0 to 7; planes in the order x, y, z.
void clip_to_frustum(const ClipTriangle& triangle, std::vector<ClipTriangle>& pieces);

}  // namespace hrn::core
