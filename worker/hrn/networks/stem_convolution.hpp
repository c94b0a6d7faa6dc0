// The first convolution of a network: few input channels, a large window, the stride one.
//
// Matrix units take input channels in eights, and most of them would be zeros here. On a device in less than
// fp32 a 3 x 3 window's rows are therefore laid out as channels (operators.hpp, row_taps) and the convolution
// runs down the columns only: a third of the work, and cuDNN is fast at it. It is not at 7 x 1 windows, so
// there the channels are filled up, in the pass that mirrors the edge. Elsewhere it is the convolution that
// the file describes.
//
// Immutable after loading; call under c10::InferenceMode.
#pragma once

#include <ATen/core/Tensor.h>

#include <string_view>

#include "worker/hrn/networks/layers.hpp"

namespace hrn::networks {

enum class Edge : std::uint8_t {
    zeros,    // shape.padding zeros all round
    mirrored  // shape.padding mirrored rows and columns all round
};

class StemConvolution {
public:
    StemConvolution() = default;
    // norm: a batch norm that is folded in; empty: none.
    StemConvolution(const Weights& weights, std::string_view name, std::string_view norm,
                    const ConvolutionShape& shape, Edge edge);
    [[nodiscard]] at::Tensor relu(const at::Tensor& x) const;         // max(0, y)
    [[nodiscard]] at::Tensor before_norm(const at::Tensor& x) const;  // y up to the bias

private:
    [[nodiscard]] at::Tensor input(const at::Tensor& x) const;

    Convolution convolution_;
    Edge edge_ = Edge::zeros;
    std::int64_t padding_ = 0;
    std::int64_t taps_ = 1;
    std::int64_t channels_ = 0;  // of the prepared input; 0: the input is taken as it is
};

}  // namespace hrn::networks
