// Aligned faces that nobody took a photo of: for warming up and for the self-check, where there is no photo
// yet. The numbers are the same everywhere.
//
// Pure function, any thread.
#pragma once

#include <vector>

#include "worker/hrn/types.hpp"

namespace hrn::runtime {

[[nodiscard]] std::vector<AlignedFace> synthetic_faces(int count);

}  // namespace hrn::runtime
