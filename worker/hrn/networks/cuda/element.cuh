// Device side of element.hpp: 16 bytes of elements as floats and back.
#pragma once

#include <cuda_bf16.h>
#include <cuda_fp16.h>

#include "worker/hrn/networks/cuda/element.hpp"

namespace hrn::networks::cuda {

constexpr int threads_per_block = 256;

__device__ inline float to_float(float x) {
    return x;
}
__device__ inline float to_float(__half x) {
    return __half2float(x);
}
__device__ inline float to_float(__nv_bfloat16 x) {
    return __bfloat162float(x);
}

template <typename T>
__device__ inline T from_float(float x);
template <>
__device__ inline float from_float<float>(float x) {
    return x;
}
template <>
__device__ inline __half from_float<__half>(float x) {
    return __float2half_rn(x);
}
template <>
__device__ inline __nv_bfloat16 from_float<__nv_bfloat16>(float x) {
    return __float2bfloat16_rn(x);
}

// One vector of elements, widened to float32.
template <typename T>
struct Vector {
    static constexpr int size = 16 / sizeof(T);
    float values[size];

    __device__ static Vector load(const T* from) {
        union {
            uint4 bits;
            T elements[size];
        } packed;
        packed.bits = *reinterpret_cast<const uint4*>(from);
        Vector out;
#pragma unroll
        for (int i = 0; i < size; ++i) {
            out.values[i] = to_float(packed.elements[i]);
        }
        return out;
    }

    __device__ static Vector of_floats(const float* from) {
        Vector out;
#pragma unroll
        for (int i = 0; i < size; ++i) {
            out.values[i] = __ldg(from + i);
        }
        return out;
    }

    __device__ static Vector filled(float value) {
        Vector out;
#pragma unroll
        for (int i = 0; i < size; ++i) {
            out.values[i] = value;
        }
        return out;
    }

    __device__ void store(T* to) const {
        union {
            uint4 bits;
            T elements[size];
        } packed;
#pragma unroll
        for (int i = 0; i < size; ++i) {
            packed.elements[i] = from_float<T>(values[i]);
        }
        *reinterpret_cast<uint4*>(to) = packed.bits;
    }
};

// 0 for what is negative; NaN stays NaN.
__device__ inline float relu(float x) {
    return x < 0.0F ? 0.0F : x;
}

// Calls launch with a value of the element's C++ type.
template <typename Launch>
void with_element(ElementType type, Launch launch) {
    switch (type) {
        case ElementType::float32:
            launch(float{});
            return;
        case ElementType::float16:
            launch(__half{});
            return;
        case ElementType::bfloat16:
            launch(__nv_bfloat16{});
            return;
    }
}

// Blocks for a loop over `items` of which each thread takes about `per_thread`.
inline unsigned blocks_for(std::int64_t items, int per_thread = 1) {
    const std::int64_t per_block = static_cast<std::int64_t>(threads_per_block) * per_thread;
    const std::int64_t blocks = (items + per_block - 1) / per_block;
    return static_cast<unsigned>(blocks < 1 ? 1 : blocks);
}

}  // namespace hrn::networks::cuda
