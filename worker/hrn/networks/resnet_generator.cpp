#include "worker/hrn/networks/resnet_generator.hpp"

#include <ATen/ops/tanh.h>

#include <string>

namespace hrn::networks {
namespace {

constexpr ConvolutionShape output_shape(std::int64_t out_channels) {
    return {.in = 64, .out = out_channels, .kernel = 7};
}

}  // namespace

ResnetGenerator::Output::Output(const Weights& weights, std::int64_t out_channels)
    : convolution_(weights, "model.26", output_shape(out_channels)) {
    const Placement& placement = weights.placement();
    if (placement.type() != c10::kFloat) {
        const ConvolutionNumbers numbers =
            convolution_numbers(weights, "model.26", output_shape(out_channels));
        narrow_weights_ = numbers.weight.permute({0, 2, 3, 1})
                              .contiguous()
                              .to(numbers.weight.options().device(placement.device).dtype(placement.type()));
        narrow_bias_ = numbers.bias.to(placement.device);
    }
}

at::Tensor ResnetGenerator::Output::operator()(const at::Tensor& x) const {
    return narrow_weights_.defined() ? to_few_tanh(x, narrow_weights_, narrow_bias_)
                                     : at::tanh(convolution_(x));
}

ResnetGenerator::ResnetGenerator(const Weights& weights, std::int64_t in_channels, std::int64_t out_channels)
    : input_(weights, "model.1", "", {.in = in_channels, .out = 64, .kernel = 7, .padding = 3},
             Edge::mirrored),
      half_(weights, "model.4", {.in = 64, .out = 128, .kernel = 3, .stride = 2, .padding = 1}),
      quarter_(weights, "model.7", {.in = 128, .out = 256, .kernel = 3, .stride = 2, .padding = 1}),
      twice_(weights, "model.19", {.in = 256, .out = 128, .kernel = 3, .stride = 2, .padding = 1}, 1),
      full_(weights, "model.22", {.in = 128, .out = 64, .kernel = 3, .stride = 2, .padding = 1}, 1),
      output_(weights, out_channels) {
    constexpr ConvolutionShape same = {.in = 256, .out = 256, .kernel = 3};
    for (int i = 10; i <= 18; ++i) {
        const Weights own = weights.under("model." + std::to_string(i) + ".conv_block");
        blocks_.push_back({Convolution(own, "1", same), Convolution(own, "6", same)});
    }
}

at::Tensor ResnetGenerator::operator()(const at::Tensor& x) const {
    const NormSurroundings plain{.relu = true, .pad = 0, .residual = {}, .residual_pad = 0};
    // Every norm writes the padding that the next convolution wants.
    const NormSurroundings for_block{.relu = true, .pad = 1, .residual = {}, .residual_pad = 0};
    const NormSurroundings for_output{.relu = true, .pad = 3, .residual = {}, .residual_pad = 0};
    at::Tensor y = instance_norm(input_.before_norm(x), plain);
    y = instance_norm(half_.before_norm(y), plain);
    y = instance_norm(quarter_.before_norm(y), for_block);
    for (std::size_t i = 0; i < blocks_.size(); ++i) {
        const at::Tensor z = instance_norm(blocks_[i].first.before_norm(y), for_block);
        const bool last = i + 1 == blocks_.size();
        y = instance_norm(blocks_[i].second.before_norm(z),
                          {.relu = false, .pad = last ? 0 : 1, .residual = y, .residual_pad = 1});
    }
    y = instance_norm(twice_.before_norm(y), plain);
    y = instance_norm(full_.before_norm(y), for_output);
    return output_(y);
}

}  // namespace hrn::networks
