// ResNet-50 v1.5 (the stride sits on the 3 x 3 convolution) without its classifier: the trunk of the
// coefficient network, and of other networks that name their weights alike.
//
// Immutable after loading; call under c10::InferenceMode. Batch norms are folded into the convolutions.
#pragma once

#include <ATen/core/Tensor.h>

#include <array>
#include <optional>
#include <vector>

#include "worker/hrn/networks/layers.hpp"

namespace hrn::networks {

class Resnet50 {
public:
    Resnet50() = default;
    // Keys conv1, bn1, layer1.0.conv1 ... layer4.2.bn3 below the prefix of `weights`.
    explicit Resnet50(const Weights& weights);
    // The outputs of the four stages: 256, 512, 1024, 2048 channels at 1/4, 1/8, 1/16, 1/32 of the size.
    // x: (batch, 3, H, W).
    [[nodiscard]] std::array<at::Tensor, 4> stages(const at::Tensor& x) const;

private:
    struct Bottleneck {
        Convolution reduce, spatial, expand;
        std::optional<Convolution> shortcut;  // where the number of channels or the size changes
        [[nodiscard]] at::Tensor operator()(const at::Tensor& x) const;
    };
    Convolution stem_;
    std::array<std::vector<Bottleneck>, 4> stages_;
};

}  // namespace hrn::networks
