// A texture of up to 2048 px whose visible part is taken from the original photo.
//
// Invariant: a texel is either the fitted texture (enlarged), or the photo at the place where the camera sees
// that point of the mesh, or a mix by one smooth weight; so there is no seam, and where the photo does not
// show the face the fit stands alone.
//
// The weight of a texel, on the 256 grid of the fit, is the product of
//   angle   0 for surface turned away by more than about 75 degrees, 1 up to about 50 (a grazing pixel is
//   smeared over
//           many texels);
//   seen    not hidden behind another part of the face (visibility.hpp) and not outside the photo;
// both first made narrower by four texels and then blurred over seven, so that a step becomes a ramp that
// ends inside the visible part; and
//   mask    the fit's own smoothed face mask (core.md 7): no hair or hand is painted on the mesh.
// It is enlarged bilinearly. The place in the photo is exact at every texel: position by barycentric weights,
// then the model's camera, then the way back through the 224 crop (camera.hpp), because that crop is what the
// fit has seen. A photo finer than the texture is first shrunk by area averaging to the texture's own
// resolution, else it would alias.
//
// Own state: scratch memory per thread. Diagnostics: std::invalid_argument for a wrong size or a missing
// photo.
#pragma once

#include <vector>

#include "worker/hrn/output/output_set.hpp"
#include "worker/hrn/output/render.hpp"

namespace hrn::output {

// size x size, row 0 at v = 1. 257 <= size <= max_texture_size.
Picture texture_from_photo(const Reconstruction& face, const AlignedFace& aligned, const PhotoOfFace& photo,
                           const Topology& topology, int size);

// The weight described above, 256 x 256, 0..1: what share of each texel comes from the photo.
std::vector<float> photo_weights(const Reconstruction& face, const AlignedFace& aligned,
                                 const PhotoOfFace& photo, const Topology& topology);

}  // namespace hrn::output
