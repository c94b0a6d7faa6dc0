// net_recon (core.md 3): from an aligned crop to the 257 coefficients of face, light and pose.
//
// Immutable after loading; call under c10::InferenceMode.
#pragma once

#include <ATen/core/Tensor.h>

#include <vector>

#include "worker/hrn/networks/layers.hpp"
#include "worker/hrn/networks/resnet50.hpp"

namespace hrn::networks {

class CoefficientNetwork {
public:
    // Keys backbone.* and final_layers.0 .. 6.
    explicit CoefficientNetwork(const Weights& weights);
    // (batch, 3, H, W), RGB 0..1 -> (batch, 257): id 80, exp 64, tex 80, angles 3, gamma 27, tx ty, tz.
    [[nodiscard]] at::Tensor operator()(const at::Tensor& x) const;

private:
    Resnet50 backbone_;
    std::vector<Convolution> heads_;
};

}  // namespace hrn::networks
