// The face mask where there is no segmentation network: the convex hull of the landmarks, raised over the
// forehead (front.md 8).
//
// Pure function, any thread, cannot fail.
#pragma once

#include <cstdint>
#include <vector>

#include "worker/hrn/front/points.hpp"

namespace hrn::front {

// 224 x 224, 255 inside with a soft edge. `landmarks_224`: pixels of the crop, y UP (AlignedFace).
[[nodiscard]] std::vector<std::uint8_t> hull_mask(const Points68& landmarks_224);

}  // namespace hrn::front
