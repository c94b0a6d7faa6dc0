#include "worker/hrn/networks/layers.hpp"

#include <ATen/ops/batch_norm.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/constant_pad_nd.h>
#include <ATen/ops/conv2d.h>
#include <ATen/ops/conv_transpose2d.h>
#include <ATen/ops/cudnn_convolution_add_relu.h>
#include <ATen/ops/cudnn_convolution_relu.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/linear.h>
#include <ATen/ops/prelu.h>
#include <ATen/ops/rsqrt.h>

#include <algorithm>
#include <array>
#include <utility>

#include "worker/model/torch_file.hpp"

namespace hrn::networks {
namespace {

struct FoldedNorm {
    at::Tensor scale, shift;  // float32
};

FoldedNorm folded_norm(const Weights& weights, std::string_view name, std::int64_t channels, double epsilon) {
    const Weights norm = weights.under(name);
    const at::Tensor gain = norm.tensor("weight", {channels}).to(c10::kDouble);
    const at::Tensor bias = norm.tensor("bias", {channels}).to(c10::kDouble);
    const at::Tensor mean = norm.tensor("running_mean", {channels}).to(c10::kDouble);
    const at::Tensor variance = norm.tensor("running_var", {channels}).to(c10::kDouble);
    FoldedNorm folded;
    const at::Tensor scale = gain.mul(at::rsqrt(variance.add(epsilon)));
    folded.shift = bias.sub(mean.mul(scale)).to(c10::kFloat);
    folded.scale = scale.to(c10::kFloat);
    return folded;
}

std::array<std::int64_t, 2> pair(std::int64_t x) {
    return {x, x};
}

std::int64_t round_up(std::int64_t x, std::int64_t unit) {
    return (x + unit - 1) / unit * unit;
}

std::vector<std::int64_t> weight_shape(const ConvolutionShape& shape) {
    return {shape.out, shape.in / shape.groups, shape.kernel, shape.column ? 1 : shape.kernel};
}

}  // namespace

at::Tensor place(const at::Tensor& tensor, const Placement& placement) {
    const at::Tensor there = tensor.to(tensor.options().device(placement.device).dtype(placement.type()));
    return tensor.dim() == 4 ? there.contiguous(Placement::format()) : there.contiguous();
}

Weights::Weights(const model::TensorFile& file, std::string prefix, Placement placement)
    : file_(&file), prefix_(std::move(prefix)), placement_(placement) {}

std::string Weights::full(std::string_view name) const {
    return prefix_.empty() ? std::string(name) : prefix_ + "." + std::string(name);
}

Weights Weights::under(std::string_view name) const {
    return {*file_, full(name), placement_};
}

bool Weights::has(std::string_view name) const {
    return file_->find(full(name)) != nullptr;
}

at::Tensor Weights::tensor(std::string_view name, const std::vector<std::int64_t>& shape) const {
    const model::Array& array = file_->require(full(name), shape);
    at::Tensor out = at::empty(array.shape, c10::TensorOptions().dtype(c10::kFloat));
    if (const float* numbers = array.floats_in_place()) {
        std::copy_n(numbers, array.count(), out.data_ptr<float>());
    } else {
        const std::vector<float> converted = array.to_floats();
        std::copy(converted.begin(), converted.end(), out.data_ptr<float>());
    }
    return out;
}

ConvolutionNumbers convolution_numbers(const Weights& weights, std::string_view name,
                                       const ConvolutionShape& shape) {
    const Weights own = weights.under(name);
    return {own.tensor("weight", weight_shape(shape)),
            shape.bias ? own.tensor("bias", {shape.out}) : at::Tensor()};
}

ConvolutionNumbers folded_numbers(const Weights& weights, std::string_view name, std::string_view norm,
                                  const ConvolutionShape& shape, double epsilon) {
    const ConvolutionNumbers own = convolution_numbers(weights, name, shape);
    const FoldedNorm folded = folded_norm(weights, norm, shape.out, epsilon);
    at::Tensor bias = folded.shift;
    if (shape.bias) {
        bias = bias.add(own.bias.mul(folded.scale));
    }
    return {own.weight.mul(folded.scale.reshape({shape.out, 1, 1, 1})), bias};
}

ConvolutionNumbers side_by_side(const std::vector<ConvolutionNumbers>& parts) {
    std::vector<at::Tensor> weights;
    std::vector<at::Tensor> biases;
    for (const ConvolutionNumbers& part : parts) {
        weights.push_back(part.weight);
        biases.push_back(part.bias);
    }
    return {at::cat(weights, 0), at::cat(biases, 0)};
}

Convolution::Convolution(const Weights& weights, std::string_view name, const ConvolutionShape& shape)
    : Convolution(convolution_numbers(weights, name, shape), shape, weights.placement()) {}

Convolution::Convolution(const Weights& weights, std::string_view name, std::string_view norm,
                         const ConvolutionShape& shape, double epsilon)
    : Convolution(folded_numbers(weights, name, norm, shape, epsilon), shape, weights.placement()) {}

Convolution::Convolution(const ConvolutionNumbers& numbers, const ConvolutionShape& shape,
                         const Placement& placement)
    : shape_(shape) {
    at::Tensor weight = numbers.weight;
    at::Tensor bias = numbers.bias;
    fused_ = !placement.on_cpu() && placement.precision != Precision::fp32;
    if (fused_ && shape.groups == 1) {
        const std::int64_t unit = placement.channel_unit();
        // cuDNN has kernels of its own for the three colours.
        const std::int64_t more_in = shape.in == 3 ? 0 : round_up(shape.in, unit) - shape.in;
        const std::int64_t more_out = round_up(shape.out, unit) - shape.out;
        weight = at::constant_pad_nd(weight, {0, 0, 0, 0, 0, more_in, 0, more_out});
        if (bias.defined()) {
            bias = at::constant_pad_nd(bias, {0, more_out});
        }
    }
    weight_ = place(weight, placement);
    if (!placement.on_cpu() && !fused_) {
        weight_ = weight_.contiguous();
    }
    if (bias.defined()) {
        bias_ = place(bias, placement);
        wide_bias_ = bias.to(placement.device);
    }
}

void Convolution::take_bias_of(Convolution& other) {
    if (weight_.is_cuda() && other.bias_.defined()) {
        wide_bias_ = bias_.defined() ? wide_bias_.add(other.wide_bias_) : other.wide_bias_;
        bias_ = wide_bias_.to(weight_.scalar_type());
        other.bias_.reset();
        other.wide_bias_.reset();
    }
}

std::array<std::int64_t, 2> Convolution::stride() const {
    return {shape_.stride, shape_.column ? 1 : shape_.stride};
}

std::array<std::int64_t, 2> Convolution::padding() const {
    return {shape_.padding, shape_.column ? 0 : shape_.padding};
}

// With the channels that the weights have.
at::Tensor Convolution::prepared(const at::Tensor& x) const {
    const std::int64_t wanted = weight_.size(1) * shape_.groups;
    return x.size(1) == wanted ? x : with_channels(x, wanted);
}

// Without the channels that the network does not have.
at::Tensor Convolution::finished(const at::Tensor& y) const {
    return y.size(1) == shape_.out ? y : y.narrow(1, 0, shape_.out);
}

at::Tensor Convolution::on_cpu(const at::Tensor& x) const {
    return at::conv2d(x, weight_, bias_, stride(), padding(), pair(1), shape_.groups);
}

at::Tensor Convolution::product(const at::Tensor& x) const {
    const at::Tensor input = fused_ ? prepared(x) : x.contiguous();
    const at::Tensor y = at::conv2d(input, weight_, {}, stride(), padding(), pair(1), shape_.groups);
    return y.contiguous(Placement::format());
}

at::Tensor Convolution::followed_by(at::Tensor y, const ChannelNumbers& numbers) const {
    ChannelNumbers own = numbers;
    own.shift = wide_bias_;
    if (own.shift.defined() || own.residual.defined() || own.slopes.defined() || own.relu) {
        activate_(y, own);
    }
    return finished(y);
}

at::Tensor Convolution::operator()(const at::Tensor& x) const {
    return x.is_cuda() ? followed_by(product(x), {}) : on_cpu(x);
}

at::Tensor Convolution::relu(const at::Tensor& x) const {
    if (!x.is_cuda()) {
        at::Tensor y = on_cpu(x);
        return relu_(y);
    }
    if (fused_ && shape_.groups == 1) {
        return finished(
            at::cudnn_convolution_relu(prepared(x), weight_, bias_, stride(), padding(), pair(1), 1));
    }
    ChannelNumbers numbers;
    numbers.relu = true;
    return followed_by(product(x), numbers);
}

at::Tensor Convolution::plus(const at::Tensor& x, const at::Tensor& z) const {
    if (!x.is_cuda()) {
        at::Tensor y = on_cpu(x);
        return y.add_(z);
    }
    ChannelNumbers numbers;
    numbers.residual = z;
    return followed_by(product(x), numbers);
}

at::Tensor Convolution::plus_relu(const at::Tensor& x, const at::Tensor& z) const {
    if (!x.is_cuda()) {
        at::Tensor y = on_cpu(x);
        y.add_(z);
        return relu_(y);
    }
    if (fused_ && shape_.groups == 1) {
        return finished(at::cudnn_convolution_add_relu(prepared(x), weight_, z, 1.0, bias_, stride(),
                                                       padding(), pair(1), 1));
    }
    ChannelNumbers numbers;
    numbers.residual = z;
    numbers.relu = true;
    return followed_by(product(x), numbers);
}

at::Tensor Convolution::prelu(const at::Tensor& x, const at::Tensor& slopes) const {
    if (!x.is_cuda()) {
        return at::prelu(on_cpu(x), slopes);
    }
    ChannelNumbers numbers;
    numbers.slopes = slopes;
    return followed_by(product(x), numbers);
}

at::Tensor Convolution::before_norm(const at::Tensor& x) const {
    return x.is_cuda() ? finished(product(x)) : on_cpu(x);
}

TransposedConvolution::TransposedConvolution(const Weights& weights, std::string_view name,
                                             const ConvolutionShape& shape, std::int64_t output_padding)
    : shape_(shape), output_padding_(output_padding) {
    const Weights own = weights.under(name);
    const Placement& placement = weights.placement();
    weight_ = place(own.tensor("weight", {shape.in, shape.out, shape.kernel, shape.kernel}), placement);
    // On the CPU this one operator takes half the time with channels first; in fp32 on a device, less still.
    channels_first_ = placement.on_cpu() || placement.precision == Precision::fp32;
    if (channels_first_) {
        weight_ = weight_.contiguous();
    }
    bias_ = place(own.tensor("bias", {shape.out}), placement);
}

at::Tensor TransposedConvolution::run(const at::Tensor& x, const at::Tensor& bias) const {
    const at::Tensor input = channels_first_ ? x.contiguous() : x;
    return at::conv_transpose2d(input, weight_, bias, pair(shape_.stride), pair(shape_.padding),
                                pair(output_padding_))
        .contiguous(Placement::format());
}

at::Tensor TransposedConvolution::operator()(const at::Tensor& x) const {
    return run(x, bias_);
}

at::Tensor TransposedConvolution::before_norm(const at::Tensor& x) const {
    return run(x, x.is_cuda() ? at::Tensor() : bias_);
}

BatchNorm::BatchNorm(const Weights& weights, std::string_view name, std::int64_t channels, double epsilon)
    : epsilon_(epsilon) {
    const Weights own = weights.under(name);
    const Placement& placement = weights.placement();
    // Always float32: its numbers are few, and a variance has no digits to spare.
    const auto load = [&](std::string_view key) { return own.tensor(key, {channels}).to(placement.device); };
    gain_ = load("weight");
    bias_ = load("bias");
    mean_ = load("running_mean");
    variance_ = load("running_var");
    if (!placement.on_cpu() && placement.precision != Precision::fp32) {
        const FoldedNorm folded = folded_norm(weights, name, channels, epsilon);
        scale_ = folded.scale.to(placement.device);
        shift_ = folded.shift.to(placement.device);
    }
}

at::Tensor BatchNorm::operator()(const at::Tensor& x) const {
    return at::batch_norm(x, gain_, bias_, mean_, variance_, false, 0.0, epsilon_, true);
}

at::Tensor BatchNorm::relu(const at::Tensor& x) const {
    if (scale_.defined()) {
        ChannelNumbers numbers;
        numbers.scale = scale_;
        numbers.shift = shift_;
        numbers.relu = true;
        return activate(x, numbers);
    }
    at::Tensor y = (*this)(x);
    return relu_(y);
}

Linear::Linear(const Weights& weights, std::string_view name, std::int64_t in, std::int64_t out) {
    const Weights own = weights.under(name);
    weight_ = place(own.tensor("weight", {out, in}), weights.placement());
    bias_ = place(own.tensor("bias", {out}), weights.placement());
}

at::Tensor Linear::operator()(const at::Tensor& x) const {
    return at::linear(x, weight_, bias_);
}

}  // namespace hrn::networks
