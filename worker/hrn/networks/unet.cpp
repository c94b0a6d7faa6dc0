#include "worker/hrn/networks/unet.hpp"

#include <ATen/ops/sigmoid.h>

#include <string>
#include <utility>

namespace hrn::networks {
namespace {

constexpr ConvolutionShape output_shape = {.in = 64, .out = 3};

}  // namespace

Unet::DoubleConvolution::DoubleConvolution(const Weights& weights, std::int64_t in, std::int64_t out)
    : first(weights, "0", "1", {.in = in, .out = out, .kernel = 3, .padding = 1}),
      second(weights, "3", "4", {.in = out, .out = out, .kernel = 3, .padding = 1}) {}

at::Tensor Unet::DoubleConvolution::operator()(const at::Tensor& x) const {
    return second.relu(first.relu(x));
}

Unet::Output::Output(const Weights& weights) : convolution_(weights, "outc.conv", output_shape) {
    if (!weights.placement().on_cpu()) {
        const ConvolutionNumbers numbers = convolution_numbers(weights, "outc.conv", output_shape);
        const auto there = weights.placement().device;
        narrow_weights_ = numbers.weight.reshape({output_shape.out, output_shape.in}).to(there);
        narrow_bias_ = numbers.bias.to(there);
    }
}

at::Tensor Unet::Output::operator()(const at::Tensor& x) const {
    return narrow_weights_.defined() ? to_few_sigmoid(x, narrow_weights_, narrow_bias_)
                                     : at::sigmoid(convolution_(x));
}

Unet::Unet(const Weights& weights)
    : stem_(weights.under("inc.conv.conv"), "0", "1", {.in = 3, .out = 64, .kernel = 3, .padding = 1},
            Edge::zeros),
      second_(weights.under("inc.conv.conv"), "3", "4", {.in = 64, .out = 64, .kernel = 3, .padding = 1}),
      output_(weights) {
    constexpr std::array<std::pair<int, int>, 4> down = {{{64, 128}, {128, 256}, {256, 512}, {512, 512}}};
    constexpr std::array<std::pair<int, int>, 4> up = {{{1024, 256}, {512, 128}, {256, 64}, {128, 64}}};
    for (std::size_t i = 0; i < 4; ++i) {
        const std::string number = std::to_string(i + 1);
        down_[i] = DoubleConvolution(weights.under("down" + number + ".mpconv.1.conv"), down[i].first,
                                     down[i].second);
        up_[i] = DoubleConvolution(weights.under("up" + number + ".conv.conv"), up[i].first, up[i].second);
    }
}

at::Tensor Unet::operator()(const at::Tensor& x) const {
    std::array<at::Tensor, 4> skips;
    at::Tensor y = second_.relu(stem_.relu(x));
    for (std::size_t i = 0; i < 4; ++i) {
        skips[i] = y;
        y = down_[i](max_pool(y, 2, 2, 0));
    }
    for (std::size_t i = 0; i < 4; ++i) {
        at::Tensor& skip = skips[3 - i];
        // Corner-aligned, unlike every other resize here.
        y = enlarged_beside(skip, y);
        skip.reset();  // 64 MB at full size: given back as soon as it is used
        y = up_[i](y);
    }
    return output_(y);
}

}  // namespace hrn::networks
