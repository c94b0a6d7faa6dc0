// For the .cu files of this folder only: rotation and projection as core/pose.hpp has them, with the same
// fused multiply-adds.
#pragma once

#include "worker/hrn/core/cuda/kernel_tools.cuh"

namespace hrn::core::cuda {

constexpr float focal_length = 1015.0F;
constexpr float image_centre = 112.0F;
constexpr float camera_distance = 10.0F;

// v @ R, R row-major.
__device__ inline float3 rotate(float3 v, const float* r) {
    return make_float3(fmaf(v.z, r[6], fmaf(v.y, r[3], v.x * r[0])),
                       fmaf(v.z, r[7], fmaf(v.y, r[4], v.x * r[1])),
                       fmaf(v.z, r[8], fmaf(v.y, r[5], v.x * r[2])));
}

__device__ inline float2 project(float3 camera) {
    return make_float2(fmaf(camera.z, image_centre, focal_length * camera.x) / camera.z,
                       fmaf(camera.z, image_centre, focal_length * camera.y) / camera.z);
}

}  // namespace hrn::core::cuda
