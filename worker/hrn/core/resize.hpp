// Bilinear resizing with half-pixel centres and without antialiasing (core.md 3: "align_corners=False"):
// source = (i + 0.5) * scale - 0.5, clamped at 0; the second tap clamped to the last texel.
//
// Pure function, any thread. Sizes must be positive.
#pragma once

#include "worker/hrn/core/team.hpp"
#include "worker/hrn/core/vec3.hpp"

namespace hrn::core {

[[nodiscard]] Map resize_bilinear(const Map& image, int height, int width, Team& team);

}  // namespace hrn::core
