#include "worker/hrn/networks/coefficient_network.hpp"

#include <ATen/ops/adaptive_avg_pool2d.h>
#include <ATen/ops/cat.h>

#include <array>
#include <string>

namespace hrn::networks {

// Everything after depends on these numbers, down to which pixel a texel reads where its coordinate falls on
// a whole pixel (core.md 6): hence no folding.
CoefficientNetwork::CoefficientNetwork(const Weights& weights)
    : backbone_(weights.under("backbone"), BatchNorms::separate) {
    constexpr std::array<std::int64_t, 7> sizes = {80, 64, 80, 3, 27, 2, 1};
    for (std::size_t i = 0; i < sizes.size(); ++i) {
        heads_.emplace_back(weights, "final_layers." + std::to_string(i),
                            ConvolutionShape{.in = 2048, .out = sizes[i]});
    }
}

at::Tensor CoefficientNetwork::operator()(const at::Tensor& x) const {
    const at::Tensor features = at::adaptive_avg_pool2d(backbone_.stages(x)[3], {1, 1});
    std::vector<at::Tensor> parts;
    parts.reserve(heads_.size());
    for (const Convolution& head : heads_) {
        parts.push_back(head(features));
    }
    return at::cat(parts, 1).reshape({x.size(0), -1});
}

}  // namespace hrn::networks
