// Vertex normals, of the model's shape (core.md 4) and of the output mesh (core.md 11). Sums run in a fixed
// order, face by face from each vertex's own list: nothing is added from several threads.
//
// Queue only; see arrays.hpp.
#pragma once

#include "worker/hrn/core/cuda/arrays.hpp"

namespace hrn::core::cuda {

// norm(shape) @ R with each image's pose (shape.hpp), or norm(shape) if poses is null. face_normals: 3 *
// faces numbers an image, for use within the call. Twin: core::shape_normals(), core::rotated_normals().
void shape_normals(const ModelArrays& model, const float* shape, const float* poses, int images,
                   float* face_normals, float* normals, Stream stream);
// Of unit length. Twin: core::mesh_normals().
void mesh_normals(const ModelArrays& model, const float* vertices, int images, float* face_normals,
                  float* normals, Stream stream);

}  // namespace hrn::core::cuda
