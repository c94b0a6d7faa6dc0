#include "worker/hrn/networks/layers.hpp"

#include <ATen/ops/batch_norm.h>
#include <ATen/ops/conv2d.h>
#include <ATen/ops/conv_transpose2d.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/instance_norm.h>
#include <ATen/ops/linear.h>
#include <ATen/ops/reflection_pad2d.h>
#include <ATen/ops/relu.h>
#include <ATen/ops/rsqrt.h>
#include <ATen/ops/upsample_bilinear2d.h>

#include <algorithm>
#include <utility>

#include "worker/hrn/networks/cpu_operators.hpp"
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

std::vector<std::int64_t> weight_shape(const ConvolutionShape& shape) {
    return {shape.out, shape.in / shape.groups, shape.kernel, shape.kernel};
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

Convolution::Convolution(const Weights& weights, std::string_view name, const ConvolutionShape& shape)
    : shape_(shape) {
    const Weights own = weights.under(name);
    weight_ = place(own.tensor("weight", weight_shape(shape)), weights.placement());
    if (shape.bias) {
        bias_ = place(own.tensor("bias", {shape.out}), weights.placement());
    }
}

Convolution::Convolution(const Weights& weights, std::string_view name, std::string_view norm,
                         const ConvolutionShape& shape, double epsilon)
    : shape_(shape) {
    const Weights own = weights.under(name);
    const FoldedNorm folded = folded_norm(weights, norm, shape.out, epsilon);
    const at::Tensor weight = own.tensor("weight", weight_shape(shape));
    at::Tensor bias = folded.shift;
    if (shape.bias) {
        bias = bias.add(own.tensor("bias", {shape.out}).mul(folded.scale));
    }
    weight_ = place(weight.mul(folded.scale.reshape({shape.out, 1, 1, 1})), weights.placement());
    bias_ = place(bias, weights.placement());
}

at::Tensor Convolution::operator()(const at::Tensor& x) const {
    return at::conv2d(x, weight_, bias_, {shape_.stride, shape_.stride}, {shape_.padding, shape_.padding},
                      {1, 1}, shape_.groups);
}

TransposedConvolution::TransposedConvolution(const Weights& weights, std::string_view name,
                                             const ConvolutionShape& shape, std::int64_t output_padding)
    : shape_(shape), output_padding_(output_padding) {
    const Weights own = weights.under(name);
    weight_ =
        place(own.tensor("weight", {shape.in, shape.out, shape.kernel, shape.kernel}), weights.placement());
    if (weights.placement().on_cpu()) {
        weight_ = weight_.contiguous();  // see below
    }
    bias_ = place(own.tensor("bias", {shape.out}), weights.placement());
}

at::Tensor TransposedConvolution::operator()(const at::Tensor& x) const {
    const auto run = [&](const at::Tensor& input) {
        return at::conv_transpose2d(input, weight_, bias_, {shape_.stride, shape_.stride},
                                    {shape_.padding, shape_.padding}, {output_padding_, output_padding_});
    };
    // On the CPU this one operator takes half the time with channels first.
    return x.device().is_cpu() ? run(x.contiguous()).contiguous(Placement::format()) : run(x);
}

BatchNorm::BatchNorm(const Weights& weights, std::string_view name, std::int64_t channels, double epsilon)
    : epsilon_(epsilon) {
    const Weights own = weights.under(name);
    // Always float32: its numbers are few, and a variance has no digits to spare.
    const auto load = [&](std::string_view key) {
        return own.tensor(key, {channels}).to(weights.placement().device);
    };
    gain_ = load("weight");
    bias_ = load("bias");
    mean_ = load("running_mean");
    variance_ = load("running_var");
}

at::Tensor BatchNorm::operator()(const at::Tensor& x) const {
    return at::batch_norm(x, gain_, bias_, mean_, variance_, false, 0.0, epsilon_, true);
}

Linear::Linear(const Weights& weights, std::string_view name, std::int64_t in, std::int64_t out) {
    const Weights own = weights.under(name);
    weight_ = place(own.tensor("weight", {out, in}), weights.placement());
    bias_ = place(own.tensor("bias", {out}), weights.placement());
}

at::Tensor Linear::operator()(const at::Tensor& x) const {
    return at::linear(x, weight_, bias_);
}

at::Tensor instance_norm(const at::Tensor& x, bool relu, double epsilon) {
    if (is_channels_last_cpu_float(x)) {
        return cpu_instance_norm(x, relu, epsilon);
    }
    at::Tensor y = at::instance_norm(x, {}, {}, {}, {}, true, 0.0, epsilon, false);
    return relu ? at::relu_(y) : y;
}

at::Tensor reflection_pad(const at::Tensor& x, std::int64_t n) {
    return is_channels_last_cpu_float(x) ? cpu_reflection_pad(x, n) : at::reflection_pad2d(x, {n, n, n, n});
}

at::Tensor resize_bilinear(const at::Tensor& x, std::int64_t height, std::int64_t width) {
    return at::upsample_bilinear2d(x, {height, width}, false);
}

at::Tensor& relu_(at::Tensor& x) {
    return at::relu_(x);
}

}  // namespace hrn::networks
