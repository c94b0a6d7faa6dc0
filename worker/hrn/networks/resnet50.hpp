// ResNet-50 v1.5 (the stride sits on the 3 x 3 convolution) without its classifier: the trunk of the
// coefficient network, and of other networks that name their weights alike.
//
// Immutable after loading; call under c10::InferenceMode.
#pragma once

#include <ATen/core/Tensor.h>

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "worker/hrn/networks/layers.hpp"

namespace hrn::networks {

enum class BatchNorms : std::uint8_t {
    folded,   // into the convolutions: faster
    separate  // rounded as in the official network; on a device in less than fp32, where the weights' own
              // rounding is far greater, folded all the same
};

class Resnet50 {
public:
    // Keys conv1, bn1, layer1.0.conv1 ... layer4.2.bn3 below the prefix of `weights`.
    explicit Resnet50(const Weights& weights, BatchNorms norms = BatchNorms::folded);
    // The outputs of the four stages: 256, 512, 1024, 2048 channels at 1/4, 1/8, 1/16, 1/32 of the size.
    // x: (batch, 3, H, W).
    [[nodiscard]] std::array<at::Tensor, 4> stages(const at::Tensor& x) const;

private:
    class NormalisedConvolution {
    public:
        NormalisedConvolution(const Weights& weights, std::string_view convolution, std::string_view norm,
                              const ConvolutionShape& shape, BatchNorms norms);
        [[nodiscard]] at::Tensor operator()(const at::Tensor& x) const;                      // y
        [[nodiscard]] at::Tensor relu(const at::Tensor& x) const;                            // max(0, y)
        [[nodiscard]] at::Tensor plus_relu(const at::Tensor& x, const at::Tensor& z) const;  // max(0, y + z)
        void take_bias_of(NormalisedConvolution& other);  // as Convolution's

    private:
        Convolution convolution_;
        std::optional<BatchNorm> norm_;
    };
    struct Bottleneck {
        NormalisedConvolution reduce, spatial, expand;
        std::optional<NormalisedConvolution> shortcut;  // where the number of channels or the size changes
        [[nodiscard]] at::Tensor operator()(const at::Tensor& x) const;
    };
    NormalisedConvolution stem_;
    std::array<std::vector<Bottleneck>, 4> stages_;
};

}  // namespace hrn::networks
