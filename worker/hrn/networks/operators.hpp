// The operations between convolutions, each joined with its neighbours: on a CUDA device one pass over memory
// by a kernel of ours (cuda/), elsewhere and for shapes that a kernel does not take the LibTorch operators
// that say the same (reference_operators.hpp).
//
// Pure functions, any thread, under c10::InferenceMode. Maps are (N, C, H, W), channels last in memory; so
// are results. On a device work is queued on the current stream. A wrong shape is a bug of the caller
// (c10::Error or std::invalid_argument); a kernel that cannot be started is cuda::LaunchError.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

namespace hrn::networks {

// What follows a convolution; an undefined tensor is left out. Numbers per channel are float32.
struct ChannelNumbers {
    at::Tensor scale;     // (C)
    at::Tensor shift;     // (C)
    at::Tensor slopes;    // (C): PReLU
    at::Tensor residual;  // a map of x's shape
    bool relu = false;    // not together with slopes
};

// activation(x * scale + shift + residual).
[[nodiscard]] at::Tensor activate(const at::Tensor& x, const ChannelNumbers& numbers);
// The same into x itself.
void activate_(at::Tensor& x, const ChannelNumbers& numbers);

// What stands around an instance norm.
struct NormSurroundings {
    bool relu = false;              // max(0, .) of the normalised map
    std::int64_t pad = 0;           // the result gets so many mirrored rows and columns all round
    at::Tensor residual;            // then added; undefined: nothing
    std::int64_t residual_pad = 0;  // the residual has so many rows and columns too many all round
};

// Over each image and channel (x - mean) / sqrt(biased variance + epsilon), no affine.
[[nodiscard]] at::Tensor instance_norm(const at::Tensor& x, const NormSurroundings& around,
                                       double epsilon = 1e-5);

// n rows and columns more on each side, mirrored without repeating the edge.
[[nodiscard]] at::Tensor reflection_pad(const at::Tensor& x, std::int64_t n);

// x with channels of zeros behind it, `channels` in all.
[[nodiscard]] at::Tensor with_channels(const at::Tensor& x, std::int64_t channels);

// A convolution along rows as channels: the result's channel t * C + c at column x is x's channel c at column
// x + t of the map that has `pad` columns more on each side; then channels of zeros, `channels` in all.
// mirrored: rows and columns are added and mirrored (reflection_pad); else columns of zeros only.
[[nodiscard]] at::Tensor row_taps(const at::Tensor& x, std::int64_t taps, std::int64_t pad, bool mirrored,
                                  std::int64_t channels);

[[nodiscard]] at::Tensor max_pool(const at::Tensor& x, std::int64_t kernel, std::int64_t stride,
                                  std::int64_t padding);
// Means of 2 x 2 pixels.
[[nodiscard]] at::Tensor halved(const at::Tensor& x);
// [beside ; x enlarged to beside's size], bilinear with aligned corners.
[[nodiscard]] at::Tensor enlarged_beside(const at::Tensor& beside, const at::Tensor& x);
// base + x with every pixel doubled both ways.
[[nodiscard]] at::Tensor enlarged_plus(const at::Tensor& base, const at::Tensor& x);
// [first ; second ; third] + base.
[[nodiscard]] at::Tensor beside_plus(const at::Tensor& first, const at::Tensor& second,
                                     const at::Tensor& third, const at::Tensor& base);
// Each pixel's channels divided by their length + 1e-10, times a weight per channel (float32, (C)).
[[nodiscard]] at::Tensor unit_length(const at::Tensor& x, const at::Tensor& weights);

// Of a depthwise convolution and its neighbours; all float32.
struct DepthwiseNumbers {
    at::Tensor in_bias, in_slopes;  // (C): what follows the convolution before it
    at::Tensor windows;             // (3, 3, C)
    at::Tensor bias, slopes;        // (C): what follows this one
};

// PReLU of x + in_bias, then each channel with its own 3 x 3 window, padded by 1, its bias and PReLU.
[[nodiscard]] at::Tensor depthwise_prelu(const at::Tensor& x, const DepthwiseNumbers& numbers,
                                         std::int64_t stride);
// sigmoid(1 x 1 convolution); weights (few, C), bias (few), float32.
[[nodiscard]] at::Tensor to_few_sigmoid(const at::Tensor& x, const at::Tensor& weights,
                                        const at::Tensor& bias);
// tanh(7 x 7 convolution without padding); weights (few, 7, 7, C) in x's type, bias (few), float32.
[[nodiscard]] at::Tensor to_few_tanh(const at::Tensor& x, const at::Tensor& weights, const at::Tensor& bias);

// Bilinear, half-pixel centres, no antialiasing ("align_corners=False"), as everywhere in HRN but the UNet.
[[nodiscard]] at::Tensor resize_bilinear(const at::Tensor& x, std::int64_t height, std::int64_t width);

// In place where the tensor is not needed afterwards.
at::Tensor& relu_(at::Tensor& x);

}  // namespace hrn::networks
