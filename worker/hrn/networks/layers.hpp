// The vocabulary of which all networks here are built: weights found by name in a file, convolutions with
// their batch norm folded in, normalisations, resizing. No torch::nn: a layer is its weights and one call.
//
// Layers are immutable after loading; any thread may call them, under c10::InferenceMode. Inputs and
// outputs are NCHW tensors of the placement's type on its device, channels last in memory. A missing or
// misshapen weight throws model::ModelError naming file, key and shapes (the operator's fault); a wrong
// input shape is a bug of the caller and comes out as c10::Error.
#pragma once

#include <ATen/core/Tensor.h>

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "worker/hrn/networks/placement.hpp"

namespace hrn::model {
class TensorFile;
}

namespace hrn::networks {

// The part of a weights file below a dotted prefix, and where its tensors are to go.
class Weights {
public:
    // The file must outlive this object; loaded layers do not need it. prefix: "" or "net_recon".
    Weights(const model::TensorFile& file, std::string prefix, Placement placement);
    [[nodiscard]] Weights under(std::string_view name) const;  // prefix + "." + name
    [[nodiscard]] bool has(std::string_view name) const;
    // A float32 copy on the CPU, where folding is done. -1 in the shape: any length.
    [[nodiscard]] at::Tensor tensor(std::string_view name, const std::vector<std::int64_t>& shape) const;
    [[nodiscard]] const Placement& placement() const { return placement_; }

private:
    [[nodiscard]] std::string full(std::string_view name) const;
    const model::TensorFile* file_;
    std::string prefix_;
    Placement placement_;
};

struct ConvolutionShape {
    std::int64_t in = 0;
    std::int64_t out = 0;
    std::int64_t kernel = 1;  // square
    std::int64_t stride = 1;
    std::int64_t padding = 0;
    std::int64_t groups = 1;
    bool bias = true;  // the file has NAME.bias
};

// y = weight * x + bias. Weights: NAME.weight (out, in/groups, k, k), NAME.bias (out).
class Convolution {
public:
    Convolution() = default;
    Convolution(const Weights& weights, std::string_view name, const ConvolutionShape& shape);
    // With the inference form of the batch norm `norm` (.weight .bias .running_mean .running_var) folded in:
    // the result equals conv, then norm, up to rounding.
    Convolution(const Weights& weights, std::string_view name, std::string_view norm,
                const ConvolutionShape& shape, double epsilon = 1e-5);
    [[nodiscard]] at::Tensor operator()(const at::Tensor& x) const;

private:
    at::Tensor weight_;
    at::Tensor bias_;  // undefined: none
    ConvolutionShape shape_;
};

// Transposed convolution; weights (in, out, k, k) and bias.
class TransposedConvolution {
public:
    TransposedConvolution() = default;
    TransposedConvolution(const Weights& weights, std::string_view name, const ConvolutionShape& shape,
                          std::int64_t output_padding);
    [[nodiscard]] at::Tensor operator()(const at::Tensor& x) const;

private:
    at::Tensor weight_;
    at::Tensor bias_;
    ConvolutionShape shape_;
    std::int64_t output_padding_ = 0;
};

// A batch norm on its own, in inference: where it cannot be folded into a convolution before it, or where the
// last bits of the result matter (folding rounds every weight once more).
class BatchNorm {
public:
    BatchNorm() = default;
    BatchNorm(const Weights& weights, std::string_view name, std::int64_t channels, double epsilon = 1e-5);
    [[nodiscard]] at::Tensor operator()(const at::Tensor& x) const;

private:
    at::Tensor gain_, bias_, mean_, variance_;
    double epsilon_ = 0;
};

// y = x * weight^T + bias; weights NAME.weight (out, in), NAME.bias (out). x: (batch, in).
class Linear {
public:
    Linear() = default;
    Linear(const Weights& weights, std::string_view name, std::int64_t in, std::int64_t out);
    [[nodiscard]] at::Tensor operator()(const at::Tensor& x) const;

private:
    at::Tensor weight_;
    at::Tensor bias_;
};

// A weight as a layer of one's own needs it (PReLU slopes and the like): copied to the placement.
[[nodiscard]] at::Tensor place(const at::Tensor& tensor, const Placement& placement);

// Over each image and channel: (x - mean) / sqrt(biased variance + epsilon), then max(0, .) if wanted.
[[nodiscard]] at::Tensor instance_norm(const at::Tensor& x, bool relu, double epsilon = 1e-5);

// n rows and columns more on each side, mirrored without repeating the edge.
[[nodiscard]] at::Tensor reflection_pad(const at::Tensor& x, std::int64_t n);

// Bilinear, half-pixel centres, no antialiasing ("align_corners=False"), as everywhere in HRN but the UNet.
[[nodiscard]] at::Tensor resize_bilinear(const at::Tensor& x, std::int64_t height, std::int64_t width);

// In place where the tensor is not needed afterwards.
at::Tensor& relu_(at::Tensor& x);

}  // namespace hrn::networks
