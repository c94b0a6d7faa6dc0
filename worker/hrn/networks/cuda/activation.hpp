// What follows a convolution that cuDNN cannot follow itself, or precedes one: a scale and a shift per
// channel, a sum with another map, and an activation, in one pass over memory.
//
//     y = activation(x * scale + shift + residual)
//
// CPU twin: reference::activate in reference_operators.hpp. Rules for callers: element.hpp.
#pragma once

#include "worker/hrn/networks/cuda/element.hpp"

namespace hrn::networks::cuda {

enum class Activation : std::uint8_t {
    none,
    relu,
    prelu  // x < 0: x * slope of its channel
};

struct ChannelwiseActivation {
    const void* input = nullptr;
    const void* residual = nullptr;  // null: none
    void* output = nullptr;          // may be the input, or the residual
    const float* scale = nullptr;    // per channel; null: 1
    const float* shift = nullptr;    // per channel; null: 0
    const float* slopes = nullptr;   // per channel; prelu only
    std::int64_t pixels = 0;         // of all images together
    int channels = 0;                // vectors
    Activation activation = Activation::none;
    ElementType type = ElementType::float32;
};

void launch_activation(const ChannelwiseActivation& work, cudaStream_t stream);

}  // namespace hrn::networks::cuda
