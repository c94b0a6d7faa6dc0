// preview.jpg: five square tiles that let a person judge a result at a glance: the photo's crop, the grey
// mesh half transparent over it, the grey mesh alone, and the textured mesh turned to either side.
//
// Pure function; any thread. Diagnostics: as draw(), and std::invalid_argument for a crop of the wrong size.
#pragma once

#include "worker/hrn/output/mesh_view.hpp"
#include "worker/hrn/output/render.hpp"
#include "worker/hrn/types.hpp"

namespace hrn::output {

inline constexpr int preview_tile = 384;
inline constexpr int preview_tiles = 5;

// preview_tiles * preview_tile wide, preview_tile high. `texture` is the one that the result directory gets.
Picture make_preview(const MeshView& mesh, const AlignedFace& aligned, const Picture& texture);

}  // namespace hrn::output
