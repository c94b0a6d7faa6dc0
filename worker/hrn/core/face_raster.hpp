// Which face is seen in each pixel of the 224 x 224 crop, by nvdiffrast's rules (core.md 9): corners snapped
// to 1/16 pixel, coverage by exact integers, no culling, nearest wins, equal depth: the higher face index.
//
// Pure function, any thread; the result does not depend on the number of threads. Indices must be valid.
// Corners that are NaN or infinite cover nothing.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "worker/hrn/core/frustum_clip.hpp"
#include "worker/hrn/core/team.hpp"
#include "worker/hrn/core/vec3.hpp"

namespace hrn::core {

struct FaceRaster {
    std::vector<std::int32_t> face;                        // 224 * 224, row 0 at the top; -1: nothing
    [[nodiscard]] std::vector<std::uint8_t> mask() const;  // 1 where something is
};

[[nodiscard]] FaceRaster rasterise_faces(std::span<const ClipPoint> points, std::span<const Face> faces,
                                         Team& team);

}  // namespace hrn::core
