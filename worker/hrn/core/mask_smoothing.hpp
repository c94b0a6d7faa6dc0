// The face mask in UV, shrunk and softened (core.md 7): minimum over 3 x 3, then mean over 11 x 11.
//
// Pure functions on one-channel maps at least 6 wide and high (std::invalid_argument); any thread.
#pragma once

#include "worker/hrn/core/team.hpp"
#include "worker/hrn/core/vec3.hpp"

namespace hrn::core {

// Minimum over 3 x 3; outside the map is +infinity.
[[nodiscard]] Map erode3(const Map& mask);
// Mean over 11 x 11; the border is reflected without repeating the edge (... 2 1 | 0 1 2 ...).
[[nodiscard]] Map blur11(const Map& mask, Team& team);

}  // namespace hrn::core
