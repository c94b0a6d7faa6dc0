// The mid-frequency deformation (core.md 7): from the network's 64 x 64 output to an offset of every vertex.
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

// Offsets in model space, decimetres.
void shape_offset(const Map& deformation, std::span<const OffsetTap> taps, std::span<Vec3> out, Team& team);

}  // namespace hrn::core
