// Which vertices of the finished mesh the photo shows, for the share of the texture in result.json: a depth
// map of the mesh seen by the model's camera, then a look at it, the normal and the face mask for each
// vertex.
//
// Queue only; see arrays.hpp. Twin: output::seen_in_photo().
#pragma once

#include "worker/hrn/core/cuda/arrays.hpp"

namespace hrn::core::cuda {

inline constexpr int depth_side = 448;
inline constexpr int depth_pixels = depth_side * depth_side;

// vertices, normals: as in the result; mask: 224*224 bytes; depths: depth_pixels of scratch an image; out:
// one byte a vertex, 1 where it is seen.
void find_seen(const ModelArrays& model, const float* vertices, const float* normals,
               const std::uint8_t* mask, int images, unsigned* depths, std::uint8_t* seen, Stream stream);

}  // namespace hrn::core::cuda
