// Spherical-harmonics light (core.md 8): nine bands per colour channel.
//
// Pure function on maps of equal size; any thread.
#pragma once

#include <span>

#include "worker/hrn/core/vec3.hpp"

namespace hrn::core {

// albedo * light(normal), per channel, not clamped. normals need not have unit length; gamma: 27 numbers,
// nine of red, nine of green, nine of blue; 0.8 is added to the first of each.
[[nodiscard]] Map lit(const Map& albedo, const Map& normals, std::span<const float, 27> gamma);

}  // namespace hrn::core
