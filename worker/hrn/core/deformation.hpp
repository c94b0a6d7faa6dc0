// From the networks' outputs to what is added to the face: the mid-frequency deformation with its offset of
// every vertex (core.md 7), and the high-frequency displacement (core.md 8).
//
// Pure functions, any thread; the taps are constant per model.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "worker/hrn/core/team.hpp"
#include "worker/hrn/core/vec3.hpp"

namespace hrn::core {

// Four texels of the deformation map and their weights for one vertex. Texels sit at corners, half a texel
// off: the official code's convention.
struct OffsetTap {
    std::array<std::int32_t, 4> texel{};
    std::array<float, 4> weight{};
};
[[nodiscard]] std::vector<OffsetTap> offset_taps(std::span<const Vec2> uvs);

// network_output: 64 x 64 x 3; alpha: the model's learnt strength, on top of 0.1; mask: 64 x 64 x 1.
[[nodiscard]] Map deformation_map(const Map& network_output, float alpha, const Map& mask);

// The high-frequency displacement along the normals (core.md 8). network_output: 256 x 256 x 1; beta: the
// model's learnt strength, on top of 0.1; mask: the smoothed face mask, 256 x 256 x 1.
[[nodiscard]] Map displacement_map(const Map& network_output, float beta, const Map& mask);

// Offsets in model space, decimetres.
void shape_offset(const Map& deformation, std::span<const OffsetTap> taps, std::span<Vec3> out, Team& team);

}  // namespace hrn::core
