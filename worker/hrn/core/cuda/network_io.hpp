// Between the maps and the networks' tensors (core.md 6-8): inputs are written in the networks' element type,
// outputs are read from it. Outputs with a number that is infinite or NaN are noted.
//
// Queue only; see arrays.hpp. Tensors are channels last, so their memory is a map's.
#pragma once

#include "worker/hrn/core/cuda/arrays.hpp"

namespace hrn::core::cuda {

// 224*224*3 bytes to 0..1. Twin: core::from_bytes().
void crop_input(const std::uint8_t* crops, int images, const NetworkInput& out, Stream stream);
// (T - 0.5) * 2 enlarged to 512*512*3. Twin: core::unet_input().
void unet_input(const float* texture, int images, const NetworkInput& out, Stream stream);
// 64*64*6. Twin: core::mid_input().
void mid_input(const float* positions, const float* texture, int images, const NetworkInput& out,
               Stream stream);
// 256*256*9; deformation: 64*64*3. Twin: core::high_input().
void high_input(const float* positions, const float* texture, const float* deformation, int images,
                const NetworkInput& out, Stream stream);

// 257 an image, as floats.
void read_coefficients(const NetworkOutput& output, int images, float* coefficients, const Health& health,
                       Stream stream);
// blend: 512*512*3, the UNet's; albedo is replaced by the de-retouched one. Twin: core::resize_bilinear() and
// core::de_retouched_albedo().
void de_retouch(const float* texture, const NetworkOutput& blend, int images, float* albedo,
                const Health& health, Stream stream);
// output: 64*64*3, mid_net's; mask: 256*256; out: 64*64*3. Twin: core::deformation_map() with a resized mask.
void deformation_map(const NetworkOutput& output, float alpha, const float* mask, int images, float* out,
                     const Health& health, Stream stream);
// output: 256*256, high_net's. Twin: core::displacement_map().
void displacement_map(const NetworkOutput& output, float beta, const float* mask, int images, float* out,
                      const Health& health, Stream stream);

}  // namespace hrn::core::cuda
