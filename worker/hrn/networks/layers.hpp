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

#include "worker/hrn/networks/operators.hpp"
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
    std::int64_t kernel = 1;  // square, or a column
    std::int64_t stride = 1;
    std::int64_t padding = 0;
    std::int64_t groups = 1;
    bool bias = true;     // the file has NAME.bias
    bool column = false;  // windows of kernel x 1 pixels; padded, and moved by the stride, downwards only
};

// What a convolution computes with: float32, CPU.
struct ConvolutionNumbers {
    at::Tensor weight;  // (out, in/groups, kernel, kernel or 1)
    at::Tensor bias;    // (out), or undefined
};

[[nodiscard]] ConvolutionNumbers convolution_numbers(const Weights& weights, std::string_view name,
                                                     const ConvolutionShape& shape);
// With the inference form of the batch norm `norm` (.weight .bias .running_mean .running_var) folded in: the
// result equals conv, then norm, up to rounding.
[[nodiscard]] ConvolutionNumbers folded_numbers(const Weights& weights, std::string_view name,
                                                std::string_view norm, const ConvolutionShape& shape,
                                                double epsilon = 1e-5);
// The outputs of several convolutions of the same input and window, one after the other.
[[nodiscard]] ConvolutionNumbers side_by_side(const std::vector<ConvolutionNumbers>& parts);

// y = weight * x + bias, and what a network does with y at once. Weights: NAME.weight (out, in/groups, k, k),
// NAME.bias (out).
//
// On a device in less than fp32 the whole call is one cuDNN kernel where cuDNN has one, and channels are
// filled up with zeros to what matrix units take. In fp32 there, cuDNN computes with channels first: its
// channels-last kernels without TF32 are several times slower.
class Convolution {
public:
    Convolution() = default;
    Convolution(const Weights& weights, std::string_view name, const ConvolutionShape& shape);
    // With a batch norm folded in.
    Convolution(const Weights& weights, std::string_view name, std::string_view norm,
                const ConvolutionShape& shape, double epsilon = 1e-5);
    Convolution(const ConvolutionNumbers& numbers, const ConvolutionShape& shape, const Placement& placement);

    // For two convolutions whose results are added: adds the other's bias to this one's and takes it away
    // there, which saves a pass over a map. On the CPU both stay as they are.
    void take_bias_of(Convolution& other);

    [[nodiscard]] at::Tensor operator()(const at::Tensor& x) const;                       // y
    [[nodiscard]] at::Tensor relu(const at::Tensor& x) const;                             // max(0, y)
    [[nodiscard]] at::Tensor plus(const at::Tensor& x, const at::Tensor& z) const;        // y + z
    [[nodiscard]] at::Tensor plus_relu(const at::Tensor& x, const at::Tensor& z) const;   // max(0, y + z)
    [[nodiscard]] at::Tensor prelu(const at::Tensor& x, const at::Tensor& slopes) const;  // float32, (out)
    // For an instance norm, which takes away every constant of a channel: y up to the bias.
    [[nodiscard]] at::Tensor before_norm(const at::Tensor& x) const;

private:
    [[nodiscard]] at::Tensor product(const at::Tensor& x) const;  // on a device: without bias
    [[nodiscard]] at::Tensor on_cpu(const at::Tensor& x) const;
    [[nodiscard]] at::Tensor prepared(const at::Tensor& x) const;
    [[nodiscard]] at::Tensor finished(const at::Tensor& y) const;
    [[nodiscard]] at::Tensor followed_by(at::Tensor y, const ChannelNumbers& numbers) const;
    [[nodiscard]] std::array<std::int64_t, 2> stride() const;
    [[nodiscard]] std::array<std::int64_t, 2> padding() const;

    at::Tensor weight_;
    at::Tensor bias_;       // undefined: none
    at::Tensor wide_bias_;  // the same in float32, on a device
    ConvolutionShape shape_;
    bool fused_ = false;  // on a device in less than fp32
};

// Transposed convolution; weights (in, out, k, k) and bias.
class TransposedConvolution {
public:
    TransposedConvolution() = default;
    TransposedConvolution(const Weights& weights, std::string_view name, const ConvolutionShape& shape,
                          std::int64_t output_padding);
    [[nodiscard]] at::Tensor operator()(const at::Tensor& x) const;
    // For an instance norm: up to the bias.
    [[nodiscard]] at::Tensor before_norm(const at::Tensor& x) const;

private:
    [[nodiscard]] at::Tensor run(const at::Tensor& x, const at::Tensor& bias) const;

    at::Tensor weight_;
    at::Tensor bias_;
    ConvolutionShape shape_;
    std::int64_t output_padding_ = 0;
    bool channels_first_ = false;  // computed so, as on the CPU and in fp32 on a device
};

// A batch norm on its own, in inference: where it cannot be folded into a convolution before it, or where the
// last bits of the result matter (folding rounds every weight once more).
class BatchNorm {
public:
    BatchNorm() = default;
    BatchNorm(const Weights& weights, std::string_view name, std::int64_t channels, double epsilon = 1e-5);
    [[nodiscard]] at::Tensor operator()(const at::Tensor& x) const;
    [[nodiscard]] at::Tensor relu(const at::Tensor& x) const;  // max(0, .) of it

private:
    at::Tensor gain_, bias_, mean_, variance_;
    at::Tensor scale_, shift_;  // the same as one product and one sum, on a device in less than fp32
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

}  // namespace hrn::networks
