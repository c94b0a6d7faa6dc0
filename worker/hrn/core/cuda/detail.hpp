// High-frequency normals and their light (core.md 8).
//
// Queue only; see arrays.hpp. All maps are 256 x 256.
#pragma once

#include "worker/hrn/core/cuda/arrays.hpp"

namespace hrn::core::cuda {

// X + h n. Twin: core::displaced().
void displace(const float* positions, const float* normals, const float* displacement, int images, float* out,
              Stream stream);
// d = g(displaced) + (n - g(X)). Twin: core::detail_normals().
void detail_normals(const float* positions, const float* displaced, const float* normals, int images,
                    float* out, Stream stream);
// albedo * light(normals). coefficients: 257 an image, of which gamma is used. Twin: core::lit().
void light(const float* albedo, const float* normals, const float* coefficients, int images, float* out,
           Stream stream);

}  // namespace hrn::core::cuda
