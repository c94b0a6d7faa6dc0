// Vertices to UV maps, the photo into UV, and the face mask there (core.md 5-7).
//
// Queue only; see arrays.hpp. UV maps are 256 x 256.
#pragma once

#include "worker/hrn/core/cuda/arrays.hpp"

namespace hrn::core::cuda {

// A vertex attribute (3 numbers) spread over the map; 0 outside the face. Twin: core::to_uv().
void to_uv(const ModelArrays& model, const float* attribute, int images, float* out, Stream stream);

// Reads a crop of `side` x `side` bytes with 1 or 3 channels at the projection of every texel; values 0..1.
// Notes images whose projection is not finite. Twin: core::sample_into_uv().
void sample_crop(const ModelArrays& model, const float* camera, const std::uint8_t* crops, int side,
                 int channels, int images, float* out, const Health& health, Stream stream);

// Minimum over 3 x 3, then mean over 11 x 11, of a one-channel map. Twin: core::smoothed_mask().
void smooth_mask(const float* mask, int images, float* out, const Health& health, Stream stream);

}  // namespace hrn::core::cuda
