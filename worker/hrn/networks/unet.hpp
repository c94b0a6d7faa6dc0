// The de-retouching UNet (core.md 3).
//
// Immutable after loading; call under c10::InferenceMode.
#pragma once

#include <ATen/core/Tensor.h>

#include <array>

#include "worker/hrn/networks/layers.hpp"
#include "worker/hrn/networks/stem_convolution.hpp"

namespace hrn::networks {

class Unet {
public:
    // Keys inc, down1..4, up1..4, outc. The four dsoutc heads of the file are not used.
    explicit Unet(const Weights& weights);
    // (batch, 3, H, W), -1..1 -> the same shape, 0..1. H and W: multiples of 16.
    [[nodiscard]] at::Tensor operator()(const at::Tensor& x) const;

private:
    struct DoubleConvolution {
        Convolution first, second;
        DoubleConvolution() = default;
        DoubleConvolution(const Weights& weights, std::int64_t in, std::int64_t out);
        [[nodiscard]] at::Tensor operator()(const at::Tensor& x) const;
    };
    // The last convolution and sigmoid.
    class Output {
    public:
        explicit Output(const Weights& weights);
        [[nodiscard]] at::Tensor operator()(const at::Tensor& x) const;

    private:
        Convolution convolution_;
        at::Tensor narrow_weights_;  // as to_few_sigmoid() takes them, on a device; else undefined
        at::Tensor narrow_bias_;
    };

    StemConvolution stem_;
    Convolution second_;
    std::array<DoubleConvolution, 4> down_;
    std::array<DoubleConvolution, 4> up_;
    Output output_;
};

}  // namespace hrn::networks
