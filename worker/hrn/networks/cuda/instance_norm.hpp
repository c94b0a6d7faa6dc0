// Instance norm without affine or running statistics, with what stands around it in HRN's generators: the
// ReLU after it, the sum with an earlier map, the reflection padding before the next convolution (core.md 3).
//
// Three kernels: moments of chunks of each image, their union, the normalised map. Reads the input twice,
// writes the output once; bytes are the floor. CPU twin: reference::instance_norm_pad in
// reference_operators.hpp. Rules for callers: element.hpp.
#pragma once

#include <cstddef>

#include "worker/hrn/networks/cuda/element.hpp"

namespace hrn::networks::cuda {

struct InstanceNorm {
    const void* input = nullptr;     // images x height x width x channels
    const void* residual = nullptr;  // added after the norm; null: nothing. Padded by residual_pad all round
    void* output = nullptr;          // images x (height + 2 pad) x (width + 2 pad) x channels
    float* workspace = nullptr;      // instance_norm_workspace() floats
    int images = 0;
    int height = 0;
    int width = 0;
    int channels = 0;      // vectors; their number a power of two, at most 256
    int pad = 0;           // mirrored without repeating the edge; less than height and width
    int residual_pad = 0;  // rim of the residual that is skipped
    bool relu = false;     // max(0, .) after the norm, before the sum
    float epsilon = 1e-5F;
    ElementType type = ElementType::float32;
};

[[nodiscard]] bool instance_norm_takes(int channels, ElementType type);
[[nodiscard]] std::size_t instance_norm_workspace(const InstanceNorm& norm);
void launch_instance_norm(const InstanceNorm& norm, cudaStream_t stream);

}  // namespace hrn::networks::cuda
