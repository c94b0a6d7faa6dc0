// For the .cu files of this folder only: vectors in the order of operations of core/vec3.hpp, launch shapes,
// element conversion, and bilinear taps as core/resize.cpp has them.
#pragma once

#include <cuda_bf16.h>
#include <cuda_fp16.h>

#include "worker/hrn/core/cuda/arrays.hpp"

namespace hrn::core::cuda {

constexpr int block_threads = 256;

// One thread for each of `count` items of each image: x counts items, y images.
inline dim3 grid_of(int count, int images, int threads = block_threads) {
    return dim3(static_cast<unsigned>((count + threads - 1) / threads), static_cast<unsigned>(images));
}
__device__ inline int item() {
    return static_cast<int>(blockIdx.x * blockDim.x + threadIdx.x);
}
__device__ inline std::size_t image_at(std::size_t numbers_per_image) {
    return static_cast<std::size_t>(blockIdx.y) * numbers_per_image;
}

__device__ inline float3 operator+(float3 a, float3 b) {
    return make_float3(a.x + b.x, a.y + b.y, a.z + b.z);
}
__device__ inline float3 operator-(float3 a, float3 b) {
    return make_float3(a.x - b.x, a.y - b.y, a.z - b.z);
}
__device__ inline float3 operator*(float3 a, float s) {
    return make_float3(a.x * s, a.y * s, a.z * s);
}
__device__ inline float3 operator/(float3 a, float s) {
    return make_float3(a.x / s, a.y / s, a.z / s);
}
__device__ inline float3 cross(float3 a, float3 b) {
    return make_float3(a.y * b.z - a.z * b.y, a.z * b.x - a.x * b.z, a.x * b.y - a.y * b.x);
}
__device__ inline float length(float3 a) {
    return sqrtf(a.x * a.x + a.y * a.y + a.z * a.z);
}
// As std::max: the first one if the other is NaN.
__device__ inline float larger(float a, float b) {
    return a < b ? b : a;
}
__device__ inline float3 load3(const float* p, int i) {
    return make_float3(p[3 * static_cast<std::size_t>(i)], p[3 * static_cast<std::size_t>(i) + 1],
                       p[3 * static_cast<std::size_t>(i) + 2]);
}
__device__ inline void store3(float* p, int i, float3 v) {
    p[3 * static_cast<std::size_t>(i)] = v.x;
    p[3 * static_cast<std::size_t>(i) + 1] = v.y;
    p[3 * static_cast<std::size_t>(i) + 2] = v.z;
}
__device__ inline bool finite3(float3 v) {
    return isfinite(v.x) && isfinite(v.y) && isfinite(v.z);
}
// Threads that note at once note the same stage.
__device__ inline void note(const Health& health, int image, bool ok) {
    if (!ok && health.failed[image] == 0) {
        health.failed[image] = health.stage;
    }
}

__device__ inline void put(float* out, std::size_t i, float value) {
    out[i] = value;
}
__device__ inline void put(__half* out, std::size_t i, float value) {
    out[i] = __float2half_rn(value);
}
__device__ inline void put(__nv_bfloat16* out, std::size_t i, float value) {
    out[i] = __float2bfloat16_rn(value);
}
__device__ inline float get(const float* in, std::size_t i) {
    return in[i];
}
__device__ inline float get(const __half* in, std::size_t i) {
    return __half2float(in[i]);
}
__device__ inline float get(const __nv_bfloat16* in, std::size_t i) {
    return __bfloat162float(in[i]);
}

// Calls the body with a pointer of the tensor's element type.
template <typename Body>
void with_elements(const NetworkOutput& tensor, const Body& body) {
    switch (tensor.type) {
        case Element::f32:
            return body(static_cast<const float*>(tensor.data));
        case Element::f16:
            return body(static_cast<const __half*>(tensor.data));
        case Element::bf16:
            return body(static_cast<const __nv_bfloat16*>(tensor.data));
    }
}
template <typename Body>
void with_elements(const NetworkInput& tensor, const Body& body) {
    switch (tensor.type) {
        case Element::f32:
            return body(static_cast<float*>(tensor.data));
        case Element::f16:
            return body(static_cast<__half*>(tensor.data));
        case Element::bf16:
            return body(static_cast<__nv_bfloat16*>(tensor.data));
    }
}

// 8 bits to 0..1. The same float as the quotient in float64, rounded once, for each of the 256.
__device__ inline float unit(std::uint8_t byte) {
    return static_cast<float>(byte) / 255.0F;
}

// One axis of a bilinear resize (core/resize.cpp).
struct Tap {
    int first, second;
    float first_weight, second_weight;
};
__device__ inline Tap tap_of(int i, int from, int to) {
    const float scale = static_cast<float>(from) / static_cast<float>(to);
    const float source = larger(0.0F, (static_cast<float>(i) + 0.5F) * scale - 0.5F);
    const int at = static_cast<int>(source);
    const int first = at < from - 1 ? at : from - 1;
    const float weight = source - static_cast<float>(first);
    return {first, first + 1 < from - 1 ? first + 1 : from - 1, 1.0F - weight, weight};
}
__device__ inline float blend(const Tap& row, const Tap& column, float a, float b, float c, float d) {
    return row.first_weight * (column.first_weight * a + column.second_weight * b) +
           row.second_weight * (column.first_weight * c + column.second_weight * d);
}

}  // namespace hrn::core::cuda
