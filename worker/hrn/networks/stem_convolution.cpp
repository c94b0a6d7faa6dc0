#include "worker/hrn/networks/stem_convolution.hpp"

#include <ATen/ops/constant_pad_nd.h>

namespace hrn::networks {
namespace {

// (out, in, k, k) as (out, k * in, k, 1): channel t * in + c is column t of channel c.
at::Tensor rows_as_channels(const at::Tensor& weight, std::int64_t channels) {
    const std::int64_t out = weight.size(0);
    const std::int64_t kernel = weight.size(2);
    const at::Tensor laid_out = weight.permute({0, 3, 1, 2}).reshape({out, -1, kernel, 1});
    return at::constant_pad_nd(laid_out, {0, 0, 0, 0, 0, channels - laid_out.size(1)});
}

}  // namespace

StemConvolution::StemConvolution(const Weights& weights, std::string_view name, std::string_view norm,
                                 const ConvolutionShape& shape, Edge edge)
    : edge_(edge), padding_(shape.padding) {
    const Placement& placement = weights.placement();
    ConvolutionNumbers numbers =
        norm.empty() ? convolution_numbers(weights, name, shape) : folded_numbers(weights, name, norm, shape);
    ConvolutionShape own = shape;
    if (edge == Edge::mirrored) {
        own.padding = 0;
    }
    if (!placement.on_cpu() && placement.precision != Precision::fp32) {
        own.column = shape.kernel == 3;
        taps_ = own.column ? shape.kernel : 1;
        if (own.column || edge == Edge::mirrored) {
            const std::int64_t unit = placement.channel_unit();
            channels_ = (shape.in * taps_ + unit - 1) / unit * unit;
        }
        if (own.column) {
            numbers.weight = rows_as_channels(numbers.weight, channels_);
            own.in = channels_;
        }
    }
    convolution_ = Convolution(numbers, own, placement);
}

at::Tensor StemConvolution::input(const at::Tensor& x) const {
    const bool mirrored = edge_ == Edge::mirrored;
    if (channels_ > 0) {
        return row_taps(x, taps_, padding_, mirrored, channels_);
    }
    return mirrored ? reflection_pad(x, padding_) : x;
}

at::Tensor StemConvolution::relu(const at::Tensor& x) const {
    return convolution_.relu(input(x));
}

at::Tensor StemConvolution::before_norm(const at::Tensor& x) const {
    return convolution_.before_norm(input(x));
}

}  // namespace hrn::networks
