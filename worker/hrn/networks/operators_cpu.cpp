// operators.hpp without CUDA: LibTorch's operators.
#include <ATen/ops/relu.h>
#include <ATen/ops/upsample_bilinear2d.h>

#include "worker/hrn/networks/operators.hpp"
#include "worker/hrn/networks/reference_operators.hpp"

namespace hrn::networks {

at::Tensor activate(const at::Tensor& x, const ChannelNumbers& numbers) {
    return reference::activate(x, numbers);
}

void activate_(at::Tensor& x, const ChannelNumbers& numbers) {
    reference::activate_(x, numbers);
}

at::Tensor instance_norm(const at::Tensor& x, const NormSurroundings& around, double epsilon) {
    return reference::instance_norm(x, around, epsilon);
}

at::Tensor reflection_pad(const at::Tensor& x, std::int64_t n) {
    return reference::reflection_pad(x, n);
}

at::Tensor with_channels(const at::Tensor& x, std::int64_t channels) {
    return reference::with_channels(x, channels);
}

at::Tensor row_taps(const at::Tensor& x, std::int64_t taps, std::int64_t pad, bool mirrored,
                    std::int64_t channels) {
    return reference::row_taps(x, taps, pad, mirrored, channels);
}

at::Tensor max_pool(const at::Tensor& x, std::int64_t kernel, std::int64_t stride, std::int64_t padding) {
    return reference::max_pool(x, kernel, stride, padding);
}

at::Tensor halved(const at::Tensor& x) {
    return reference::halved(x);
}

at::Tensor enlarged_beside(const at::Tensor& beside, const at::Tensor& x) {
    return reference::enlarged_beside(beside, x);
}

at::Tensor enlarged_plus(const at::Tensor& base, const at::Tensor& x) {
    return reference::enlarged_plus(base, x);
}

at::Tensor beside_plus(const at::Tensor& first, const at::Tensor& second, const at::Tensor& third,
                       const at::Tensor& base) {
    return reference::beside_plus(first, second, third, base);
}

at::Tensor unit_length(const at::Tensor& x, const at::Tensor& weights) {
    return reference::unit_length(x, weights);
}

at::Tensor depthwise_prelu(const at::Tensor& x, const DepthwiseNumbers& numbers, std::int64_t stride) {
    return reference::depthwise_prelu(x, numbers, stride);
}

at::Tensor to_few_sigmoid(const at::Tensor& x, const at::Tensor& weights, const at::Tensor& bias) {
    return reference::to_few_sigmoid(x, weights, bias);
}

at::Tensor to_few_tanh(const at::Tensor& x, const at::Tensor& weights, const at::Tensor& bias) {
    return reference::to_few_tanh(x, weights, bias);
}

at::Tensor resize_bilinear(const at::Tensor& x, std::int64_t height, std::int64_t width) {
    return at::upsample_bilinear2d(x, {height, width}, false);
}

at::Tensor& relu_(at::Tensor& x) {
    return at::relu_(x);
}

}  // namespace hrn::networks
