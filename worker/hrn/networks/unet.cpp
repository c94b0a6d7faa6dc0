#include "worker/hrn/networks/unet.hpp"

#include <ATen/ops/cat.h>
#include <ATen/ops/max_pool2d.h>
#include <ATen/ops/sigmoid.h>
#include <ATen/ops/upsample_bilinear2d.h>

#include <string>
#include <utility>

namespace hrn::networks {

Unet::DoubleConvolution::DoubleConvolution(const Weights& weights, std::int64_t in, std::int64_t out)
    : first(weights, "0", "1", {.in = in, .out = out, .kernel = 3, .padding = 1}),
      second(weights, "3", "4", {.in = out, .out = out, .kernel = 3, .padding = 1}) {}

at::Tensor Unet::DoubleConvolution::operator()(const at::Tensor& x) const {
    at::Tensor y = first(x);
    y = second(relu_(y));
    return relu_(y);
}

Unet::Unet(const Weights& weights)
    : inner_(weights.under("inc.conv.conv"), 3, 64), output_(weights, "outc.conv", {.in = 64, .out = 3}) {
    constexpr std::array<std::pair<int, int>, 4> down = {{{64, 128}, {128, 256}, {256, 512}, {512, 512}}};
    constexpr std::array<std::pair<int, int>, 4> up = {{{1024, 256}, {512, 128}, {256, 64}, {128, 64}}};
    for (std::size_t i = 0; i < 4; ++i) {
        const std::string number = std::to_string(i + 1);
        down_[i] = DoubleConvolution(weights.under("down" + number + ".mpconv.1.conv"), down[i].first,
                                     down[i].second);
        up_[i] = DoubleConvolution(weights.under("up" + number + ".conv.conv"), up[i].first, up[i].second);
    }
}

at::Tensor Unet::operator()(const at::Tensor& x) const {
    std::array<at::Tensor, 4> skips;
    at::Tensor y = inner_(x);
    for (std::size_t i = 0; i < 4; ++i) {
        skips[i] = y;
        y = down_[i](at::max_pool2d(y, {2, 2}));
    }
    for (std::size_t i = 0; i < 4; ++i) {
        at::Tensor& skip = skips[3 - i];
        // Corner-aligned, unlike every other resize here.
        y = at::upsample_bilinear2d(y, {skip.size(2), skip.size(3)}, true);
        y = up_[i](at::cat({skip, y}, 1));
        skip.reset();  // 64 MB at full size: given back as soon as it is used
    }
    return at::sigmoid(output_(y));
}

}  // namespace hrn::networks
