// A 7 x 7 convolution to one to four channels with tanh, the end of HRN's generators (core.md 3). Libraries
// compute 64 output channels for it, whatever is asked for; here the seven taps of a kernel row take the
// place of output channels in the matrix product, and their shifted sum is the convolution.
//
// Half precision only (matrix units of compute capability 8.0 or more). CPU twin: reference::to_few_tanh in
// reference_operators.hpp. Rules for callers: element.hpp.
#pragma once

#include "worker/hrn/networks/cuda/element.hpp"

namespace hrn::networks::cuda {

struct NarrowConvolution {
    const void* input = nullptr;    // images x height x width x channels, padded already
    const void* weights = nullptr;  // out_channels x 7 x 7 x channels, elements as the input's
    const float* bias = nullptr;    // per output channel
    void* output = nullptr;         // images x (height - 6) x (width - 6) x out_channels
    int images = 0;
    int height = 0;
    int width = 0;
    int channels = 0;
    int out_channels = 0;
    ElementType type = ElementType::float16;
};

// Half precision, 64 channels, at least 14 rows and 32 columns.
[[nodiscard]] bool narrow_convolution_takes(const NarrowConvolution& work);
void launch_narrow_convolution(const NarrowConvolution& work, cudaStream_t stream);

}  // namespace hrn::networks::cuda
