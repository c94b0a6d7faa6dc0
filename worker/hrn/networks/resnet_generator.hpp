// mid_net and high_net (core.md 3): an image-to-image generator of nine residual blocks with instance norm.
//
// Immutable after loading; call under c10::InferenceMode.
#pragma once

#include <ATen/core/Tensor.h>

#include <vector>

#include "worker/hrn/networks/layers.hpp"
#include "worker/hrn/networks/stem_convolution.hpp"

namespace hrn::networks {

class ResnetGenerator {
public:
    // Keys model.1 .. model.26.
    ResnetGenerator(const Weights& weights, std::int64_t in_channels, std::int64_t out_channels);
    // (batch, in, H, W) -> (batch, out, H, W), -1..1. H and W: multiples of 4, at least 8.
    [[nodiscard]] at::Tensor operator()(const at::Tensor& x) const;

private:
    struct Block {
        Convolution first, second;
    };
    // The last convolution and tanh; few output channels.
    class Output {
    public:
        Output(const Weights& weights, std::int64_t out_channels);
        [[nodiscard]] at::Tensor operator()(const at::Tensor& x) const;  // x: padded by 3

    private:
        Convolution convolution_;
        at::Tensor narrow_weights_;  // as to_few_tanh() takes them, in half precision; else undefined
        at::Tensor narrow_bias_;
    };

    StemConvolution input_;
    Convolution half_, quarter_;
    std::vector<Block> blocks_;
    TransposedConvolution twice_, full_;
    Output output_;
};

}  // namespace hrn::networks
