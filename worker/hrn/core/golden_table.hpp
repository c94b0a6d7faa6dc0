// The core's quantities by their names in a golden manifest: how each lies in its array, how large it is, and
// how it follows from others.
//
// Constant; any thread. Rows are computed through a GoldenQuantities, by its thread.
#pragma once

#include <functional>
#include <map>
#include <string>

#include "worker/hrn/core/golden_values.hpp"
#include "worker/hrn/core/vec3.hpp"

namespace hrn::core {

class GoldenQuantities;

struct GoldenExtent {
    int height, width, channels;  // a height of 0: one row for each vertex
};

struct GoldenRow {
    GoldenLayout layout;
    GoldenExtent extent;
    std::function<Map(GoldenQuantities&)> compute;
};

[[nodiscard]] const std::map<std::string, GoldenRow>& golden_table();

}  // namespace hrn::core
