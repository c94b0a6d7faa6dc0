// Two operators that LibTorch does slowly for channels-last float tensors on the CPU, and which make up a
// third of a ResnetGenerator's time there.
//
// Pure functions, any thread; one thread each, so results do not depend on the number of threads. Inputs:
// float32 on the CPU, (N, C, H, W), channels-last contiguous; anything else is a bug of the caller
// (std::invalid_argument).
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

namespace hrn::networks {

[[nodiscard]] bool is_channels_last_cpu_float(const at::Tensor& x);

// Over each image and channel (x - mean) / sqrt(biased variance + epsilon), then max(0, .) if wanted.
[[nodiscard]] at::Tensor cpu_instance_norm(const at::Tensor& x, bool relu, double epsilon);

// n rows and columns more on each side, mirrored without repeating the edge; n < H, W.
[[nodiscard]] at::Tensor cpu_reflection_pad(const at::Tensor& x, std::int64_t n);

}  // namespace hrn::networks
