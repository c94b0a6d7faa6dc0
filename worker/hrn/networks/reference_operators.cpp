#include "worker/hrn/networks/reference_operators.hpp"

#include <ATen/ops/avg_pool2d.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/constant_pad_nd.h>
#include <ATen/ops/conv2d.h>
#include <ATen/ops/instance_norm.h>
#include <ATen/ops/max_pool2d.h>
#include <ATen/ops/prelu.h>
#include <ATen/ops/reflection_pad2d.h>
#include <ATen/ops/relu.h>
#include <ATen/ops/sigmoid.h>
#include <ATen/ops/tanh.h>
#include <ATen/ops/upsample_bilinear2d.h>
#include <ATen/ops/upsample_nearest2d.h>
#include <c10/core/MemoryFormat.h>

#include <vector>

#include "worker/hrn/networks/cpu_operators.hpp"

namespace hrn::networks::reference {
namespace {

// A number per channel beside a map.
at::Tensor per_channel(const at::Tensor& numbers, const at::Tensor& map) {
    return numbers.to(map.scalar_type()).reshape({1, -1, 1, 1});
}

at::Tensor channels_last(const at::Tensor& x) {
    return x.contiguous(c10::MemoryFormat::ChannelsLast);
}

}  // namespace

at::Tensor activate(const at::Tensor& x, const ChannelNumbers& numbers) {
    at::Tensor y = x.clone();
    reference::activate_(y, numbers);
    return y;
}

void activate_(at::Tensor& x, const ChannelNumbers& numbers) {
    if (numbers.scale.defined()) {
        x.mul_(per_channel(numbers.scale, x));
    }
    if (numbers.shift.defined()) {
        x.add_(per_channel(numbers.shift, x));
    }
    if (numbers.residual.defined()) {
        x.add_(numbers.residual);
    }
    if (numbers.slopes.defined()) {
        x = at::prelu(x, numbers.slopes.to(x.scalar_type()));
    } else if (numbers.relu) {
        at::relu_(x);
    }
}

at::Tensor instance_norm(const at::Tensor& x, const NormSurroundings& around, double epsilon) {
    at::Tensor y;
    if (is_channels_last_cpu_float(x)) {
        y = cpu_instance_norm(x, around.relu, epsilon);
    } else {
        y = channels_last(at::instance_norm(x, {}, {}, {}, {}, true, 0.0, epsilon, false));
        if (around.relu) {
            at::relu_(y);
        }
    }
    if (around.residual.defined()) {
        const std::int64_t rim = around.residual_pad;
        y.add_(around.residual.narrow(2, rim, x.size(2)).narrow(3, rim, x.size(3)));
    }
    return around.pad == 0 ? y : reference::reflection_pad(y, around.pad);
}

at::Tensor reflection_pad(const at::Tensor& x, std::int64_t n) {
    return is_channels_last_cpu_float(x) ? cpu_reflection_pad(x, n)
                                         : channels_last(at::reflection_pad2d(x, {n, n, n, n}));
}

at::Tensor with_channels(const at::Tensor& x, std::int64_t channels) {
    return channels_last(at::constant_pad_nd(x, {0, 0, 0, 0, 0, channels - x.size(1)}));
}

at::Tensor row_taps(const at::Tensor& x, std::int64_t taps, std::int64_t pad, bool mirrored,
                    std::int64_t channels) {
    const at::Tensor wide = mirrored ? reflection_pad(x, pad) : at::constant_pad_nd(x, {pad, pad});
    const std::int64_t width = wide.size(3) - taps + 1;
    std::vector<at::Tensor> shifted;
    for (std::int64_t tap = 0; tap < taps; ++tap) {
        shifted.push_back(wide.narrow(3, tap, width));
    }
    return with_channels(at::cat(shifted, 1), channels);
}

at::Tensor max_pool(const at::Tensor& x, std::int64_t kernel, std::int64_t stride, std::int64_t padding) {
    return at::max_pool2d(x, {kernel, kernel}, {stride, stride}, {padding, padding});
}

at::Tensor halved(const at::Tensor& x) {
    return at::avg_pool2d(x, {2, 2}, {2, 2});
}

at::Tensor enlarged_beside(const at::Tensor& beside, const at::Tensor& x) {
    return at::cat({beside, at::upsample_bilinear2d(x, {beside.size(2), beside.size(3)}, true)}, 1);
}

at::Tensor enlarged_plus(const at::Tensor& base, const at::Tensor& x) {
    return base.add(at::upsample_nearest2d(x, {base.size(2), base.size(3)}));
}

at::Tensor beside_plus(const at::Tensor& first, const at::Tensor& second, const at::Tensor& third,
                       const at::Tensor& base) {
    return at::cat({first, second, third}, 1).add_(base);
}

// In float32: squares overflow half precision.
at::Tensor unit_length(const at::Tensor& x, const at::Tensor& weights) {
    const at::Tensor wide = x.to(c10::kFloat);
    const at::Tensor length = wide.pow(2).sum(1, true).sqrt_().add_(1e-10);
    return wide.div(length).mul_(per_channel(weights, wide)).to(x.scalar_type());
}

at::Tensor depthwise_prelu(const at::Tensor& x, const DepthwiseNumbers& numbers, std::int64_t stride) {
    const std::int64_t channels = x.size(1);
    const auto type = x.scalar_type();
    const at::Tensor input = at::prelu(x.add(per_channel(numbers.in_bias, x)), numbers.in_slopes.to(type));
    const at::Tensor windows = numbers.windows.permute({2, 0, 1}).reshape({channels, 1, 3, 3}).contiguous();
    const at::Tensor y = at::conv2d(input, windows.to(type), numbers.bias.to(type), {stride, stride}, {1, 1},
                                    {1, 1}, channels);
    return channels_last(at::prelu(y, numbers.slopes.to(type)));
}

at::Tensor to_few_sigmoid(const at::Tensor& x, const at::Tensor& weights, const at::Tensor& bias) {
    const at::Tensor windows = weights.reshape({weights.size(0), weights.size(1), 1, 1});
    return at::sigmoid(at::conv2d(x, windows.to(x.scalar_type()), bias.to(x.scalar_type())));
}

at::Tensor to_few_tanh(const at::Tensor& x, const at::Tensor& weights, const at::Tensor& bias) {
    return at::tanh(at::conv2d(x, channels_last(weights.permute({0, 3, 1, 2})), bias.to(x.scalar_type())));
}

}  // namespace hrn::networks::reference
