// How the texture fit (texture_fit.hpp) is cut: strips of a texture, a block of threads each, and what the
// blocks of neighbouring strips tell each other between two steps. What a step computes is texture_fit.cu's.
//
// Included by texture_fit.cu only; device code. All blocks of a launch must run at the same time (a
// cooperative launch), else await() never ends.
#pragma once

#include "worker/hrn/core/cuda/kernel_tools.cuh"

namespace hrn::core::cuda {

// A strip: Rows rows for each thread of a column, four threads a column. Offsets lie in shared memory,
// channel by channel, with the row above and the row below; the texture is a ring here, as pixels see it.
template <int Rows>
struct Strip {
    static constexpr int rows = 4 * Rows;
    static constexpr int strips = uv_side / rows;
    static constexpr int plane = (rows + 2) * uv_side;
    static constexpr std::size_t offset_bytes = 3 * plane * sizeof(float);
};

// Between the blocks of an image: how many steps each strip has done, over all images of its slot, and its
// first and last row after the last two of them.
template <int Rows>
struct Neighbours {
    using S = Strip<Rows>;
    unsigned* done;
    float4* seams;

    __device__ float4* seam(int strip, unsigned version, bool last_row) const {
        return seams + ((strip * 2 + static_cast<int>(version % 2)) * 2 + (last_row ? 1 : 0)) * uv_side;
    }
    __device__ static int above(int strip) { return (strip + S::strips - 1) % S::strips; }
    __device__ static int below(int strip) { return (strip + 1) % S::strips; }

    // Until both neighbours have done `version` steps. All threads of the block.
    __device__ void await(int strip, unsigned version) const {
        if (threadIdx.x == 0 || threadIdx.x == 32) {
            const volatile unsigned* theirs = done + (threadIdx.x == 0 ? above(strip) : below(strip));
            while (*theirs < version) {
            }
            __threadfence();
        }
        __syncthreads();
    }
    // All threads of the block: what they wrote before counts as done.
    __device__ void tell(int strip, unsigned version) const {
        __syncthreads();
        if (threadIdx.x == 0) {
            __threadfence();
            *static_cast<volatile unsigned*>(done + strip) = version;
        }
    }
    // The neighbours' rows after `version` steps into shared memory.
    __device__ void fetch(int strip, unsigned version, float* own) const {
        const int thread = static_cast<int>(threadIdx.x);
        if (thread < 2 * uv_side) {
            const bool upper = thread < uv_side;
            const int column = thread % uv_side;
            // Written by another block: read past the first-level cache, which does not hear of it.
            const float4 o = __ldcg(
                (upper ? seam(above(strip), version, true) : seam(below(strip), version, false)) + column);
            float* to = own + (upper ? 0 : S::rows + 1) * uv_side + column;
            to[0] = o.x;
            to[S::plane] = o.y;
            to[2 * S::plane] = o.z;
        }
        __syncthreads();
    }
};

}  // namespace hrn::core::cuda
