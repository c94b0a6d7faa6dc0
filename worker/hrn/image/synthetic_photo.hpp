// Photos that anybody can make without a file: smooth triangle waves in integer arithmetic, the inputs of
// many golden numbers and tests.
//
// Pure function, any thread; sizes below 1 throw std::invalid_argument.
#pragma once

#include "worker/hrn/types.hpp"

namespace hrn::image {

// Triangle waves of period 510 in each channel; `phase` shifts them.
[[nodiscard]] Photo smooth_image(int height, int width, int phase = 0);

}  // namespace hrn::image
