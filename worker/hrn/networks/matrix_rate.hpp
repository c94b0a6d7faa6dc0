// What a device's matrix units give: the measure of what its networks could reach.
//
// Sets the process's precision switches (placement.hpp) as `placement` wants them; loading thread or a bench.
#pragma once

#include <cstdint>

#include "worker/hrn/networks/placement.hpp"

namespace hrn::networks {

// TFLOP/s of a product of two square matrices, the best of a few; waits for the device.
[[nodiscard]] double matrix_tflops(const Placement& placement, std::int64_t side);

}  // namespace hrn::networks
