// What the networks eat, assembled from maps (core.md 6-8). Interleaved channels, so that the memory is what
// a channels-last tensor has.
//
// Pure functions on 256 x 256 maps, any thread.
#pragma once

#include "worker/hrn/core/team.hpp"
#include "worker/hrn/core/vec3.hpp"

namespace hrn::core {

// UNet: (T - 0.5) * 2 enlarged to 512 x 512 x 3.
[[nodiscard]] Map unet_input(const Map& texture, Team& team);
// mid_net: 64 x 64 x 6, position xyz then (T - 0.5) * 2.
[[nodiscard]] Map mid_input(const Map& positions, const Map& texture, Team& team);
// high_net: 256 x 256 x 9, position xyz (of the undeformed shape), (T' - 0.5) * 2, enlarged deformation.
[[nodiscard]] Map high_input(const Map& positions, const Map& realigned_texture, const Map& deformation,
                             Team& team);

}  // namespace hrn::core
