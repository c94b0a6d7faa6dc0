// De-retouching (core.md 6): the UNet's blend layer says how the photo's skin differs from smooth skin; the
// same change is applied to the model's albedo.
//
// Pure function, any thread. Maps must have equal sizes (std::invalid_argument).
#pragma once

#include "worker/hrn/core/vec3.hpp"

namespace hrn::core {

// texture: photo in UV, 0..1; blend: the UNet's output at the same size; albedo: as albedo_map gives it.
[[nodiscard]] Map de_retouched_albedo(const Map& texture, const Map& blend, const Map& albedo);

}  // namespace hrn::core
