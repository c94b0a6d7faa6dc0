// Coefficients to a face at its place (core.md 4, 6), and what is done to all of its vertices.
//
// Queue only; see arrays.hpp. Points are x, y, z floats, one image's vertices after the other's.
#pragma once

#include "worker/hrn/core/cuda/arrays.hpp"

namespace hrn::core::cuda {

// Rotation (row-major) and translation of a face.
inline constexpr int pose_numbers = 12;

// coefficients: 257 an image. Twin: core::face_shape().
void face_shape(const ModelArrays& model, const float* coefficients, int images, float* shape, Stream stream);
// 256*256*3 an image. Twin: core::albedo_map().
void albedo_map(const ModelArrays& model, const float* coefficients, int images, float* albedo,
                Stream stream);
// pose_numbers an image. Twin: core::pose_of(), but for the last bit of sine and cosine.
void find_pose(const float* coefficients, int images, float* poses, Stream stream);
// World and camera points. Twin: core::posed().
void place(const float* shape, const float* poses, int vertices, int images, float* world, float* camera,
           Stream stream);
// (x, y, 10 - z). Twin: core::flip_depth(), core::output_vertices().
void flip_depth(const float* points, int vertices, int images, float* out, Stream stream);
// base + what the deformation map (64*64*3) says at each vertex. Twin: core::shape_offset() and the sum in
// core::deformed_shape().
void deform(const ModelArrays& model, const float* base, const float* deformation, int images, float* shape,
            Stream stream);
// 68 x (x, y) an image, y up. Twin: core::projected_landmarks().
void project_landmarks(const ModelArrays& model, const float* camera, int images, float* landmarks,
                       Stream stream);
// Notes images with a number that is infinite or NaN. Twin: core::all_finite().
void check_finite(const float* numbers, int count, int images, const Health& health, Stream stream);

}  // namespace hrn::core::cuda
