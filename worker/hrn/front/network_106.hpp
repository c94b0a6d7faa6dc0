// The network of the 106 landmarks: inverted residuals with PReLU (front.md 3).
//
// Immutable after loading; call under c10::InferenceMode from the thread that owns the device. Missing or
// misshapen weights throw model::ModelError.
#pragma once

#include <ATen/core/Tensor.h>

#include <string>
#include <vector>

#include "worker/hrn/networks/layers.hpp"

namespace hrn::front {

class Network106 {
public:
    explicit Network106(const networks::Weights& weights);
    // x: batch x 3 x 224 x 224; result: batch x 106 x 14 x 14 logits.
    [[nodiscard]] at::Tensor operator()(const at::Tensor& x) const;

private:
    // Convolution, batch norm, one slope per channel for what is negative.
    struct Activated {
        Activated(const networks::Weights& weights, const std::string& convolution, const std::string& norm,
                  const std::string& slope, const networks::ConvolutionShape& shape);
        [[nodiscard]] at::Tensor operator()(const at::Tensor& x) const;
        networks::Convolution convolution;
        at::Tensor slopes;  // float32
    };
    // One convolution of all channels, one of each channel on its own, both with norm and slopes; then one of
    // all channels with a norm.
    struct Inverted {
        networks::Convolution expand;
        networks::DepthwiseNumbers depthwise;
        std::int64_t stride;
        networks::Convolution project;
        bool residual;
    };

    Activated first_;
    std::vector<Inverted> blocks_;
    Activated last_;
    networks::Convolution heat_;
};

// The prefix below which the file holds the network's weights: "state_dict", "state_dict.module", …
[[nodiscard]] std::string prefix_106(const model::TensorFile& file);

}  // namespace hrn::front
