// The model's skin colour (core.md 6). It is linear in its 80 coefficients and used at 256 x 256 only, so
// mean and basis are reduced from 512 x 512 once, at load.
//
// Immutable after loading; any thread. Arrays of a wrong size are bugs of the caller (std::invalid_argument).
#pragma once

#include <span>
#include <vector>

#include "worker/hrn/core/linear_basis.hpp"
#include "worker/hrn/core/vec3.hpp"

namespace hrn::core {

struct AlbedoModel {
    std::vector<float> mean;  // 256*256*3, 0..255
    LinearBasis basis;        // (256*256*3) x 80
};

// mean_512: 512*512*3, row, column, RGB, 0..255; basis_512: (512*512*3) x 80, row-major.
[[nodiscard]] AlbedoModel reduce_albedo(std::span<const float> mean_512, std::span<const float> basis_512,
                                        Team& team);

// 256 x 256 x 3, 1.0 = white, not clamped. coefficients: 80.
[[nodiscard]] Map albedo_map(const AlbedoModel& model, std::span<const float> coefficients, Team& team);

}  // namespace hrn::core
