// Operations that look at all channels of one pixel together: a 1 x 1 convolution to a few channels with a
// sigmoid (core.md 3, the UNet's end), channels brought to length 1 (front.md 5), and the concatenation of
// three maps plus a fourth (front.md 6).
//
// CPU twins: reference::to_few_sigmoid, unit_length, beside_plus in reference_operators.hpp. Rules for
// callers: element.hpp.
#pragma once

#include "worker/hrn/networks/cuda/element.hpp"

namespace hrn::networks::cuda {

inline constexpr int most_few = 4;

// output = 1 / (1 + exp(-(weights * x + bias)))
struct ToFewSigmoid {
    const void* input = nullptr;     // pixels x channels
    void* output = nullptr;          // pixels x out_channels
    const float* weights = nullptr;  // out_channels x channels
    const float* bias = nullptr;     // per output channel
    std::int64_t pixels = 0;
    int channels = 0;      // vectors; their number a power of two, at most 32
    int out_channels = 0;  // 1 .. most_few
    ElementType type = ElementType::float32;
};

[[nodiscard]] bool to_few_sigmoid_takes(const ToFewSigmoid& work);  // channels, out_channels, type
void launch_to_few_sigmoid(const ToFewSigmoid& work, cudaStream_t stream);

// output = x / (length + 1e-10) * weight, the length over the pixel's channels.
struct UnitLength {
    const void* input = nullptr;
    void* output = nullptr;
    const float* weights = nullptr;  // per channel
    std::int64_t pixels = 0;
    int channels = 0;  // vectors
    ElementType type = ElementType::float32;
};

void launch_unit_length(const UnitLength& work, cudaStream_t stream);

// output = [first ; second ; third] + base
struct BesidePlus {
    const void* parts[3] = {};  // pixels x part_channels each
    const void* base = nullptr;
    void* output = nullptr;  // may be base
    std::int64_t pixels = 0;
    int part_channels[3] = {};  // vectors
    ElementType type = ElementType::float32;
};

void launch_beside_plus(const BesidePlus& work, cudaStream_t stream);

}  // namespace hrn::networks::cuda
