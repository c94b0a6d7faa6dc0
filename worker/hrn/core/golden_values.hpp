// Between the arrays of a golden folder and the core's own values: how each kind of quantity lies in its
// array.
//
// Pure functions, any thread. A misshapen array throws std::invalid_argument that names it.
#pragma once

#include <string>
#include <vector>

#include "worker/hrn/core/vec3.hpp"
#include "worker/hrn/golden.hpp"

namespace hrn::core {

enum class GoldenLayout : unsigned char {
    planar,       // (1, C, H, W)
    interleaved,  // (1, H, W, C)
    image,        // (H, W, C), or (H, W) with one channel; numbers as they are (bytes stay 0..255)
    rows,         // (1, N, C): a Map of N x 1 x C
    bare_rows,    // (N, C)
    list          // (N)
};

[[nodiscard]] GoldenValue to_golden(const Map& map, GoldenLayout layout);
[[nodiscard]] Map from_golden(const GoldenValue& value, GoldenLayout layout, const std::string& name);

// Points as a Map of N x 1 x 3, and back.
[[nodiscard]] Map to_map(const std::vector<Vec3>& points);
[[nodiscard]] std::vector<Vec3> to_points(const Map& map);

}  // namespace hrn::core
