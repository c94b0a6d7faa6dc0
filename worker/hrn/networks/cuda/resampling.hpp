// Halving and doubling of maps, joined with what stands beside them: max and mean pooling; enlargement by two
// with the concatenation of a skip connection (core.md 3, the UNet) or with a sum (front.md 2 and 6).
//
// CPU twins: reference::max_pool, halved, enlarged_beside, enlarged_plus in reference_operators.hpp. Rules
// for callers: element.hpp.
#pragma once

#include "worker/hrn/networks/cuda/element.hpp"

namespace hrn::networks::cuda {

enum class Pooling : std::uint8_t { maximum, mean };

// Windows of kernel x kernel pixels; those outside do not count as pixels (maximum), and none are allowed
// (mean).
struct Pool {
    const void* input = nullptr;  // images x height x width x channels
    void* output = nullptr;       // images x out_height x out_width x channels
    int images = 0;
    int height = 0;
    int width = 0;
    int out_height = 0;
    int out_width = 0;
    int channels = 0;  // vectors
    int kernel = 2;
    int stride = 2;
    int padding = 0;
    Pooling pooling = Pooling::maximum;
    ElementType type = ElementType::float32;
};

void launch_pool(const Pool& work, cudaStream_t stream);

// output = [beside ; input enlarged bilinearly with aligned corners], along the channels.
struct EnlargedBeside {
    const void* beside = nullptr;  // images x out_height x out_width x beside_channels
    const void* input = nullptr;   // images x height x width x channels
    void* output = nullptr;        // images x out_height x out_width x (beside_channels + channels)
    int images = 0;
    int height = 0;
    int width = 0;
    int out_height = 0;
    int out_width = 0;
    int beside_channels = 0;  // vectors, both
    int channels = 0;
    ElementType type = ElementType::float32;
};

void launch_enlarged_beside(const EnlargedBeside& work, cudaStream_t stream);

// output = base + input with every pixel doubled in both directions.
struct EnlargedPlus {
    const void* base = nullptr;   // images x 2 height x 2 width x channels
    const void* input = nullptr;  // images x height x width x channels
    void* output = nullptr;       // as base; may be base
    int images = 0;
    int height = 0;
    int width = 0;
    int channels = 0;  // vectors
    ElementType type = ElementType::float32;
};

void launch_enlarged_plus(const EnlargedPlus& work, cudaStream_t stream);

}  // namespace hrn::networks::cuda
