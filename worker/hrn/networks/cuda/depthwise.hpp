// A 3 x 3 convolution of each channel on its own, padded by one, with its bias and PReLU (front.md 3); and
// the bias and PReLU of the convolution before it, done while its output is read.
//
// CPU twin: reference::depthwise_prelu in reference_operators.hpp. Rules for callers: element.hpp.
#pragma once

#include "worker/hrn/networks/cuda/element.hpp"

namespace hrn::networks::cuda {

struct Depthwise {
    const void* input = nullptr;       // images x height x width x channels
    void* output = nullptr;            // images x out_height x out_width x channels
    const float* in_bias = nullptr;    // per channel: added to the input first
    const float* in_slopes = nullptr;  // per channel: of what is negative then
    const float* weights = nullptr;    // 3 x 3 x channels
    const float* bias = nullptr;       // per channel
    const float* slopes = nullptr;     // per channel: of what is negative
    int images = 0;
    int height = 0;
    int width = 0;
    int channels = 0;  // vectors
    int stride = 1;    // out = (in - 1) / stride + 1
    ElementType type = ElementType::float32;
};

void launch_depthwise(const Depthwise& work, cudaStream_t stream);

}  // namespace hrn::networks::cuda
