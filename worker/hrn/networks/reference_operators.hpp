// operators.hpp said with LibTorch's own operators: what runs on the CPU, and what the kernels of cuda/ are
// tested against. Same names, same arguments, same results up to rounding.
//
// Pure functions, any thread, any device.
#pragma once

#include "worker/hrn/networks/operators.hpp"

namespace hrn::networks::reference {

[[nodiscard]] at::Tensor activate(const at::Tensor& x, const ChannelNumbers& numbers);
void activate_(at::Tensor& x, const ChannelNumbers& numbers);
[[nodiscard]] at::Tensor instance_norm(const at::Tensor& x, const NormSurroundings& around, double epsilon);
[[nodiscard]] at::Tensor reflection_pad(const at::Tensor& x, std::int64_t n);
[[nodiscard]] at::Tensor with_channels(const at::Tensor& x, std::int64_t channels);
[[nodiscard]] at::Tensor row_taps(const at::Tensor& x, std::int64_t taps, std::int64_t pad, bool mirrored,
                                  std::int64_t channels);
[[nodiscard]] at::Tensor max_pool(const at::Tensor& x, std::int64_t kernel, std::int64_t stride,
                                  std::int64_t padding);
[[nodiscard]] at::Tensor halved(const at::Tensor& x);
[[nodiscard]] at::Tensor enlarged_beside(const at::Tensor& beside, const at::Tensor& x);
[[nodiscard]] at::Tensor enlarged_plus(const at::Tensor& base, const at::Tensor& x);
[[nodiscard]] at::Tensor beside_plus(const at::Tensor& first, const at::Tensor& second,
                                     const at::Tensor& third, const at::Tensor& base);
[[nodiscard]] at::Tensor unit_length(const at::Tensor& x, const at::Tensor& weights);
[[nodiscard]] at::Tensor depthwise_prelu(const at::Tensor& x, const DepthwiseNumbers& numbers,
                                         std::int64_t stride);
[[nodiscard]] at::Tensor to_few_sigmoid(const at::Tensor& x, const at::Tensor& weights,
                                        const at::Tensor& bias);
[[nodiscard]] at::Tensor to_few_tanh(const at::Tensor& x, const at::Tensor& weights, const at::Tensor& bias);

}  // namespace hrn::networks::reference
