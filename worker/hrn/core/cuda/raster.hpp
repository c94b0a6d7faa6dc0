// Which face is seen in each pixel of the 224 x 224 crop, by nvdiffrast's rules (core.md 9).
//
// Queue only; see arrays.hpp. Each pixel holds one 64-bit key, the depth above the face; threads lower it
// with integer minima, so the order in which they come does not matter.
#pragma once

#include "worker/hrn/core/cuda/arrays.hpp"

namespace hrn::core::cuda {

using PixelKey = unsigned long long;
inline constexpr PixelKey no_face = ~PixelKey{0};

// keys: 224*224 an image. Twin: core::rasterise_faces().
void rasterise(const ModelArrays& model, const float* camera, int images, PixelKey* keys, Stream stream);

// The covered pixels of each image in ascending order and how many they are; `mask` (1 where something is)
// and `face` (-1: nothing) may be null. Twin: core::FaceRaster and the loop of core::texture_pixels().
void list_covered(const PixelKey* keys, int images, std::int32_t* count, std::int32_t* pixels,
                  std::uint8_t* mask, std::int32_t* face, Stream stream);

}  // namespace hrn::core::cuda
