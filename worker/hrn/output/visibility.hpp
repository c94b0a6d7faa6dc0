// Which vertices of the mesh the photo shows: turned to the camera, not hidden behind another part of the
// face, inside the crop.
//
// Pure function of its inputs; any thread. Diagnostics: std::invalid_argument for sizes that do not fit
// together.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "worker/hrn/output/mesh_view.hpp"

namespace hrn::output {

// Per vertex the cosine between its normal and the direction to the camera where it is seen, 0 where it is
// not. So 1 is seen head-on and everything above 0 is seen at all.
std::vector<float> seen_cosines(const MeshView& mesh);

}  // namespace hrn::output
