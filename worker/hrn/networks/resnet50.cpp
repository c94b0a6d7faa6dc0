#include "worker/hrn/networks/resnet50.hpp"

#include <string>
#include <utility>

namespace hrn::networks {

Resnet50::NormalisedConvolution::NormalisedConvolution(const Weights& weights, std::string_view convolution,
                                                       std::string_view norm, const ConvolutionShape& shape,
                                                       BatchNorms norms) {
    const Placement& placement = weights.placement();
    if (norms == BatchNorms::folded || (!placement.on_cpu() && placement.precision != Precision::fp32)) {
        convolution_ = Convolution(weights, convolution, norm, shape);
    } else {
        convolution_ = Convolution(weights, convolution, shape);
        norm_.emplace(weights, norm, shape.out);
    }
}

at::Tensor Resnet50::NormalisedConvolution::operator()(const at::Tensor& x) const {
    const at::Tensor y = convolution_(x);
    return norm_ ? (*norm_)(y) : y;
}

at::Tensor Resnet50::NormalisedConvolution::relu(const at::Tensor& x) const {
    if (!norm_) {
        return convolution_.relu(x);
    }
    at::Tensor y = (*this)(x);
    return relu_(y);
}

at::Tensor Resnet50::NormalisedConvolution::plus_relu(const at::Tensor& x, const at::Tensor& z) const {
    if (!norm_) {
        return convolution_.plus_relu(x, z);
    }
    at::Tensor y = (*this)(x);
    y.add_(z);
    return relu_(y);
}

void Resnet50::NormalisedConvolution::take_bias_of(NormalisedConvolution& other) {
    if (!norm_) {
        convolution_.take_bias_of(other.convolution_);
    }
}

Resnet50::Resnet50(const Weights& weights, BatchNorms norms)
    : stem_(weights, "conv1", "bn1",
            {.in = 3, .out = 64, .kernel = 7, .stride = 2, .padding = 3, .bias = false}, norms) {
    constexpr std::array<int, 4> blocks = {3, 4, 6, 3};
    std::int64_t in = 64;
    for (std::size_t stage = 0; stage < blocks.size(); ++stage) {
        const std::int64_t width = 64LL << stage;
        for (int block = 0; block < blocks[stage]; ++block) {
            const Weights own =
                weights.under("layer" + std::to_string(stage + 1) + "." + std::to_string(block));
            const std::int64_t stride = block == 0 && stage > 0 ? 2 : 1;
            const auto layer = [&](int number, const ConvolutionShape& shape) {
                const std::string n = std::to_string(number);
                return NormalisedConvolution(own, "conv" + n, "bn" + n, shape, norms);
            };
            Bottleneck b{
                layer(1, {.in = in, .out = width, .bias = false}),
                layer(
                    2,
                    {.in = width, .out = width, .kernel = 3, .stride = stride, .padding = 1, .bias = false}),
                layer(3, {.in = width, .out = 4 * width, .bias = false}),
                {}};
            if (block == 0) {
                b.shortcut.emplace(
                    own, "downsample.0", "downsample.1",
                    ConvolutionShape{.in = in, .out = 4 * width, .stride = stride, .bias = false}, norms);
                b.expand.take_bias_of(*b.shortcut);
            }
            stages_[stage].push_back(std::move(b));
            in = 4 * width;
        }
    }
}

at::Tensor Resnet50::Bottleneck::operator()(const at::Tensor& x) const {
    return expand.plus_relu(spatial.relu(reduce.relu(x)), shortcut ? (*shortcut)(x) : x);
}

std::array<at::Tensor, 4> Resnet50::stages(const at::Tensor& x) const {
    at::Tensor y = max_pool(stem_.relu(x), 3, 2, 1);
    std::array<at::Tensor, 4> out;
    for (std::size_t stage = 0; stage < out.size(); ++stage) {
        for (const Bottleneck& block : stages_[stage]) {
            y = block(y);
        }
        out[stage] = y;
    }
    return out;
}

}  // namespace hrn::networks
