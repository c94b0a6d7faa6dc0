// operators.hpp in a build with CUDA: the kernels of cuda/ for maps on a device, LibTorch's operators for the
// rest. Memory comes from LibTorch's allocator, so that everything here may be captured into a graph.
#include <ATen/cuda/CUDAContext.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/empty_like.h>
#include <ATen/ops/relu.h>
#include <ATen/ops/upsample_bilinear2d.h>
#include <c10/core/MemoryFormat.h>
#include <c10/cuda/CUDAStream.h>

#include <algorithm>
#include <initializer_list>

#include "worker/hrn/networks/cuda/activation.hpp"
#include "worker/hrn/networks/cuda/channel_sums.hpp"
#include "worker/hrn/networks/cuda/depthwise.hpp"
#include "worker/hrn/networks/cuda/instance_norm.hpp"
#include "worker/hrn/networks/cuda/narrow_convolution.hpp"
#include "worker/hrn/networks/cuda/padding.hpp"
#include "worker/hrn/networks/cuda/resampling.hpp"
#include "worker/hrn/networks/operators.hpp"
#include "worker/hrn/networks/reference_operators.hpp"

namespace hrn::networks {
namespace {

cuda::ElementType element_of(const at::Tensor& x) {
    if (x.scalar_type() == c10::kHalf) {
        return cuda::ElementType::float16;
    }
    return x.scalar_type() == c10::kBFloat16 ? cuda::ElementType::bfloat16 : cuda::ElementType::float32;
}

// A map on a device of a type that the kernels know.
bool known(const at::Tensor& x) {
    const auto type = x.scalar_type();
    return x.is_cuda() && x.dim() == 4 && x.numel() > 0 &&
           (type == c10::kFloat || type == c10::kHalf || type == c10::kBFloat16);
}

// Maps that kernels read 16 bytes at a time.
bool vectors(std::initializer_list<at::Tensor> maps) {
    return std::all_of(maps.begin(), maps.end(), [](const at::Tensor& map) {
        return known(map) && map.size(1) % cuda::vector_size(element_of(map)) == 0;
    });
}

// Channels last and dense; a copy only where it is not so already.
at::Tensor dense(const at::Tensor& x) {
    return x.contiguous(c10::MemoryFormat::ChannelsLast);
}

at::Tensor new_map(const at::Tensor& like, std::int64_t channels, std::int64_t height, std::int64_t width) {
    return at::empty({like.size(0), channels, height, width}, like.options(),
                     c10::MemoryFormat::ChannelsLast);
}

const float* numbers_of(const at::Tensor& tensor) {
    return tensor.defined() ? tensor.data_ptr<float>() : nullptr;
}

int as_int(std::int64_t x) {
    return static_cast<int>(x);
}

std::int64_t pixels_of(const at::Tensor& x) {
    return x.size(0) * x.size(2) * x.size(3);
}

cudaStream_t stream_of(const at::Tensor& x) {
    return c10::cuda::getCurrentCUDAStream(x.get_device());
}

void activate_into(const at::Tensor& x, const ChannelNumbers& numbers, at::Tensor& y) {
    const at::Tensor residual = numbers.residual.defined() ? dense(numbers.residual) : at::Tensor();
    cuda::ChannelwiseActivation work;
    work.input = x.data_ptr();
    work.residual = residual.defined() ? residual.data_ptr() : nullptr;
    work.output = y.data_ptr();
    work.scale = numbers_of(numbers.scale);
    work.shift = numbers_of(numbers.shift);
    work.slopes = numbers_of(numbers.slopes);
    work.pixels = pixels_of(x);
    work.channels = as_int(x.size(1));
    if (numbers.slopes.defined()) {
        work.activation = cuda::Activation::prelu;
    } else if (numbers.relu) {
        work.activation = cuda::Activation::relu;
    }
    work.type = element_of(x);
    cuda::launch_activation(work, stream_of(x));
}

at::Tensor padded(const at::Tensor& map, std::int64_t taps, std::int64_t pad, bool mirrored,
                  std::int64_t channels) {
    const at::Tensor x = dense(map);
    at::Tensor y = new_map(x, channels, x.size(2) + (mirrored ? 2 * pad : 0), x.size(3) + 2 * pad - taps + 1);
    cuda::Padding work;
    work.input = x.data_ptr();
    work.output = y.data_ptr();
    work.images = as_int(x.size(0));
    work.height = as_int(x.size(2));
    work.width = as_int(x.size(3));
    work.channels = as_int(x.size(1));
    work.out_channels = as_int(channels);
    work.taps = as_int(taps);
    work.pad = as_int(pad);
    work.mirrored = mirrored;
    work.type = element_of(x);
    cuda::launch_padding(work, stream_of(x));
    return y;
}

bool whole_vectors(const at::Tensor& x, std::int64_t channels) {
    return known(x) && channels % cuda::vector_size(element_of(x)) == 0;
}

at::Tensor pooled(const at::Tensor& map, std::int64_t kernel, std::int64_t stride, std::int64_t padding,
                  cuda::Pooling pooling) {
    const at::Tensor x = dense(map);
    const auto out_size = [&](std::int64_t size) { return (size + 2 * padding - kernel) / stride + 1; };
    at::Tensor y = new_map(x, x.size(1), out_size(x.size(2)), out_size(x.size(3)));
    cuda::Pool work;
    work.input = x.data_ptr();
    work.output = y.data_ptr();
    work.images = as_int(x.size(0));
    work.height = as_int(x.size(2));
    work.width = as_int(x.size(3));
    work.out_height = as_int(y.size(2));
    work.out_width = as_int(y.size(3));
    work.channels = as_int(x.size(1));
    work.kernel = as_int(kernel);
    work.stride = as_int(stride);
    work.padding = as_int(padding);
    work.pooling = pooling;
    work.type = element_of(x);
    cuda::launch_pool(work, stream_of(x));
    return y;
}

}  // namespace

at::Tensor activate(const at::Tensor& x, const ChannelNumbers& numbers) {
    if (!vectors({x})) {
        return reference::activate(x, numbers);
    }
    const at::Tensor from = dense(x);
    at::Tensor y = at::empty_like(from);
    activate_into(from, numbers, y);
    return y;
}

void activate_(at::Tensor& x, const ChannelNumbers& numbers) {
    if (!vectors({x}) || !x.is_contiguous(c10::MemoryFormat::ChannelsLast)) {
        reference::activate_(x, numbers);
    } else {
        activate_into(x, numbers, x);
    }
}

at::Tensor instance_norm(const at::Tensor& x, const NormSurroundings& around, double epsilon) {
    if (!known(x) || !cuda::instance_norm_takes(as_int(x.size(1)), element_of(x))) {
        return reference::instance_norm(x, around, epsilon);
    }
    const at::Tensor from = dense(x);
    const at::Tensor residual = around.residual.defined() ? dense(around.residual) : at::Tensor();
    at::Tensor y = new_map(x, x.size(1), x.size(2) + 2 * around.pad, x.size(3) + 2 * around.pad);
    cuda::InstanceNorm work;
    work.input = from.data_ptr();
    work.residual = residual.defined() ? residual.data_ptr() : nullptr;
    work.output = y.data_ptr();
    work.images = as_int(x.size(0));
    work.height = as_int(x.size(2));
    work.width = as_int(x.size(3));
    work.channels = as_int(x.size(1));
    work.pad = as_int(around.pad);
    work.residual_pad = as_int(around.residual_pad);
    work.relu = around.relu;
    work.epsilon = static_cast<float>(epsilon);
    work.type = element_of(x);
    const auto floats = static_cast<std::int64_t>(cuda::instance_norm_workspace(work));
    const at::Tensor workspace = at::empty({floats}, x.options().dtype(c10::kFloat));
    work.workspace = workspace.data_ptr<float>();
    cuda::launch_instance_norm(work, stream_of(x));
    return y;
}

at::Tensor reflection_pad(const at::Tensor& x, std::int64_t n) {
    return whole_vectors(x, x.size(1)) ? padded(x, 1, n, true, x.size(1)) : reference::reflection_pad(x, n);
}

at::Tensor with_channels(const at::Tensor& x, std::int64_t channels) {
    return whole_vectors(x, channels) ? padded(x, 1, 0, true, channels)
                                      : reference::with_channels(x, channels);
}

at::Tensor row_taps(const at::Tensor& x, std::int64_t taps, std::int64_t pad, bool mirrored,
                    std::int64_t channels) {
    return whole_vectors(x, channels) ? padded(x, taps, pad, mirrored, channels)
                                      : reference::row_taps(x, taps, pad, mirrored, channels);
}

at::Tensor max_pool(const at::Tensor& x, std::int64_t kernel, std::int64_t stride, std::int64_t padding) {
    return vectors({x}) ? pooled(x, kernel, stride, padding, cuda::Pooling::maximum)
                        : reference::max_pool(x, kernel, stride, padding);
}

at::Tensor halved(const at::Tensor& x) {
    return vectors({x}) ? pooled(x, 2, 2, 0, cuda::Pooling::mean) : reference::halved(x);
}

at::Tensor enlarged_beside(const at::Tensor& beside, const at::Tensor& x) {
    if (!vectors({beside, x})) {
        return reference::enlarged_beside(beside, x);
    }
    const at::Tensor skip = dense(beside);
    const at::Tensor from = dense(x);
    at::Tensor y = new_map(x, skip.size(1) + x.size(1), skip.size(2), skip.size(3));
    cuda::EnlargedBeside work;
    work.beside = skip.data_ptr();
    work.input = from.data_ptr();
    work.output = y.data_ptr();
    work.images = as_int(x.size(0));
    work.height = as_int(x.size(2));
    work.width = as_int(x.size(3));
    work.out_height = as_int(y.size(2));
    work.out_width = as_int(y.size(3));
    work.beside_channels = as_int(skip.size(1));
    work.channels = as_int(x.size(1));
    work.type = element_of(x);
    cuda::launch_enlarged_beside(work, stream_of(x));
    return y;
}

at::Tensor enlarged_plus(const at::Tensor& base, const at::Tensor& x) {
    if (!vectors({base, x}) || base.size(2) != 2 * x.size(2) || base.size(3) != 2 * x.size(3)) {
        return reference::enlarged_plus(base, x);
    }
    const at::Tensor under = dense(base);
    const at::Tensor from = dense(x);
    at::Tensor y = at::empty_like(under);
    cuda::EnlargedPlus work;
    work.base = under.data_ptr();
    work.input = from.data_ptr();
    work.output = y.data_ptr();
    work.images = as_int(x.size(0));
    work.height = as_int(x.size(2));
    work.width = as_int(x.size(3));
    work.channels = as_int(x.size(1));
    work.type = element_of(x);
    cuda::launch_enlarged_plus(work, stream_of(x));
    return y;
}

at::Tensor beside_plus(const at::Tensor& first, const at::Tensor& second, const at::Tensor& third,
                       const at::Tensor& base) {
    if (!vectors({first, second, third, base})) {
        return reference::beside_plus(first, second, third, base);
    }
    const at::Tensor parts[] = {dense(first), dense(second), dense(third)};
    const at::Tensor under = dense(base);
    at::Tensor y = at::empty_like(under);
    cuda::BesidePlus work;
    for (std::size_t i = 0; i < 3; ++i) {
        work.parts[i] = parts[i].data_ptr();
        work.part_channels[i] = as_int(parts[i].size(1));
    }
    work.base = under.data_ptr();
    work.output = y.data_ptr();
    work.pixels = pixels_of(under);
    work.type = element_of(under);
    cuda::launch_beside_plus(work, stream_of(under));
    return y;
}

at::Tensor unit_length(const at::Tensor& x, const at::Tensor& weights) {
    if (!vectors({x})) {
        return reference::unit_length(x, weights);
    }
    const at::Tensor from = dense(x);
    at::Tensor y = at::empty_like(from);
    cuda::UnitLength work;
    work.input = from.data_ptr();
    work.output = y.data_ptr();
    work.weights = numbers_of(weights);
    work.pixels = pixels_of(from);
    work.channels = as_int(from.size(1));
    work.type = element_of(from);
    cuda::launch_unit_length(work, stream_of(from));
    return y;
}

at::Tensor depthwise_prelu(const at::Tensor& x, const DepthwiseNumbers& numbers, std::int64_t stride) {
    if (!vectors({x})) {
        return reference::depthwise_prelu(x, numbers, stride);
    }
    const at::Tensor from = dense(x);
    at::Tensor y = new_map(x, x.size(1), (x.size(2) - 1) / stride + 1, (x.size(3) - 1) / stride + 1);
    cuda::Depthwise work;
    work.input = from.data_ptr();
    work.output = y.data_ptr();
    work.in_bias = numbers_of(numbers.in_bias);
    work.in_slopes = numbers_of(numbers.in_slopes);
    work.weights = numbers_of(numbers.windows);
    work.bias = numbers_of(numbers.bias);
    work.slopes = numbers_of(numbers.slopes);
    work.images = as_int(x.size(0));
    work.height = as_int(x.size(2));
    work.width = as_int(x.size(3));
    work.channels = as_int(x.size(1));
    work.stride = as_int(stride);
    work.type = element_of(x);
    cuda::launch_depthwise(work, stream_of(x));
    return y;
}

at::Tensor to_few_sigmoid(const at::Tensor& x, const at::Tensor& weights, const at::Tensor& bias) {
    cuda::ToFewSigmoid work;
    if (known(x)) {
        work.channels = as_int(x.size(1));
        work.out_channels = as_int(weights.size(0));
        work.type = element_of(x);
    }
    if (!cuda::to_few_sigmoid_takes(work)) {
        return reference::to_few_sigmoid(x, weights, bias);
    }
    const at::Tensor from = dense(x);
    at::Tensor y = new_map(x, weights.size(0), x.size(2), x.size(3));
    work.input = from.data_ptr();
    work.output = y.data_ptr();
    work.weights = numbers_of(weights);
    work.bias = numbers_of(bias);
    work.pixels = pixels_of(from);
    cuda::launch_to_few_sigmoid(work, stream_of(x));
    return y;
}

at::Tensor to_few_tanh(const at::Tensor& x, const at::Tensor& weights, const at::Tensor& bias) {
    cuda::NarrowConvolution work;
    if (known(x)) {
        work.images = as_int(x.size(0));
        work.height = as_int(x.size(2));
        work.width = as_int(x.size(3));
        work.channels = as_int(x.size(1));
        work.out_channels = as_int(weights.size(0));
        work.type = element_of(x);
    }
    if (!cuda::narrow_convolution_takes(work) || at::cuda::getCurrentDeviceProperties()->major < 8) {
        return reference::to_few_tanh(x, weights, bias);
    }
    const at::Tensor from = dense(x);
    at::Tensor y = new_map(x, weights.size(0), x.size(2) - 6, x.size(3) - 6);
    work.input = from.data_ptr();
    work.weights = weights.data_ptr();
    work.bias = numbers_of(bias);
    work.output = y.data_ptr();
    cuda::launch_narrow_convolution(work, stream_of(x));
    return y;
}

at::Tensor resize_bilinear(const at::Tensor& x, std::int64_t height, std::int64_t width) {
    return at::upsample_bilinear2d(x, {height, width}, false);
}

at::Tensor& relu_(at::Tensor& x) {
    return at::relu_(x);
}

}  // namespace hrn::networks
