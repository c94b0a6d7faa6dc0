// A map made ready for a convolution of few input channels: rows and columns around it, the taps of each
// kernel row laid out as channels, and channels of zeros behind, so that they are whole vectors (matrix units
// take no other).
//
// CPU twins: reference::reflection_pad, with_channels, row_taps in reference_operators.hpp. Rules for
// callers: element.hpp.
#pragma once

#include "worker/hrn/networks/cuda/element.hpp"

namespace hrn::networks::cuda {

struct Padding {
    const void* input = nullptr;  // images x height x width x channels, any number of channels
    void* output = nullptr;       // images x out rows x (width + 2 pad - taps + 1) x out_channels
    int images = 0;
    int height = 0;
    int width = 0;
    int channels = 0;
    int out_channels = 0;  // vectors, at least taps * channels
    int taps = 1;          // channel t * channels + c of the output is channel c, t columns further right
    int pad = 0;
    bool mirrored = true;  // pad rows and columns, mirrored without repeating the edge (pad < height, width);
                           // else pad columns of zeros and no rows
    ElementType type = ElementType::float32;
};

void launch_padding(const Padding& work, cudaStream_t stream);

}  // namespace hrn::networks::cuda
