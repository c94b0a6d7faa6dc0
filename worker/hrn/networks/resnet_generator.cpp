#include "worker/hrn/networks/resnet_generator.hpp"

#include <ATen/ops/tanh.h>

#include <string>

namespace hrn::networks {
ResnetGenerator::ResnetGenerator(const Weights& weights, std::int64_t in_channels, std::int64_t out_channels)
    : input_(weights, "model.1", {.in = in_channels, .out = 64, .kernel = 7}),
      half_(weights, "model.4", {.in = 64, .out = 128, .kernel = 3, .stride = 2, .padding = 1}),
      quarter_(weights, "model.7", {.in = 128, .out = 256, .kernel = 3, .stride = 2, .padding = 1}),
      twice_(weights, "model.19", {.in = 256, .out = 128, .kernel = 3, .stride = 2, .padding = 1}, 1),
      full_(weights, "model.22", {.in = 128, .out = 64, .kernel = 3, .stride = 2, .padding = 1}, 1),
      output_(weights, "model.26", {.in = 64, .out = out_channels, .kernel = 7}) {
    constexpr ConvolutionShape same = {.in = 256, .out = 256, .kernel = 3};
    for (int i = 10; i <= 18; ++i) {
        const Weights own = weights.under("model." + std::to_string(i) + ".conv_block");
        blocks_.push_back({Convolution(own, "1", same), Convolution(own, "6", same)});
    }
}

at::Tensor ResnetGenerator::operator()(const at::Tensor& x) const {
    at::Tensor y = instance_norm(input_(reflection_pad(x, 3)), true);
    y = instance_norm(half_(y), true);
    y = instance_norm(quarter_(y), true);
    for (const Block& block : blocks_) {
        at::Tensor z = instance_norm(block.first(reflection_pad(y, 1)), true);
        z = instance_norm(block.second(reflection_pad(z, 1)), false);
        y = z.add_(y);
    }
    y = instance_norm(twice_(y), true);
    y = instance_norm(full_(y), true);
    return at::tanh(output_(reflection_pad(y, 3)));
}

}  // namespace hrn::networks
