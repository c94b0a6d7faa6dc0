// The 257 numbers that describe a face, and where each group lies in them (core.md 4).
//
// Plain values, any thread.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <span>

#include "worker/hrn/core/pose.hpp"

namespace hrn::core {

inline constexpr std::size_t identity_count = 80;
inline constexpr std::size_t expression_count = 64;
inline constexpr std::size_t shape_count = identity_count + expression_count;
inline constexpr std::size_t texture_at = 144;      // 80
inline constexpr std::size_t angles_at = 224;       // 3, radians about x, y, z
inline constexpr std::size_t gamma_at = 227;        // 27, nine bands for each of red, green, blue
inline constexpr std::size_t translation_at = 254;  // 3, decimetres
inline constexpr std::size_t coefficient_count = 257;

using Coefficients = std::array<float, coefficient_count>;

inline std::span<const float, shape_count> shape_part(const Coefficients& c) {
    return std::span<const float, shape_count>(c.data(), shape_count);
}
inline std::span<const float, 80> texture_part(const Coefficients& c) {
    return std::span<const float, 80>(c.data() + texture_at, 80);
}
inline std::span<const float, 27> gamma_part(const Coefficients& c) {
    return std::span<const float, 27>(c.data() + gamma_at, 27);
}
inline Pose pose_of(const Coefficients& c) {
    return {rotation_of(std::span<const float, 3>(c.data() + angles_at, 3)),
            {c[translation_at], c[translation_at + 1], c[translation_at + 2]}};
}
inline bool all_finite(std::span<const float> values) {
    return std::all_of(values.begin(), values.end(), [](float v) { return std::isfinite(v); });
}

}  // namespace hrn::core
