#include "worker/hrn/front/fan_network.hpp"

#include <ATen/ops/avg_pool2d.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/upsample_nearest2d.h>

#include <array>
#include <optional>

namespace hrn::front {

using networks::BatchNorm;
using networks::Convolution;
using networks::ConvolutionShape;
using networks::relu_;
using networks::Weights;

namespace {

constexpr std::int64_t width = 256;
constexpr std::int64_t points = 68;
constexpr std::size_t stacks = 4;
constexpr int depth = 4;

at::Tensor halved(const at::Tensor& x) {
    return at::avg_pool2d(x, {2, 2}, {2, 2});
}

at::Tensor doubled(const at::Tensor& x) {
    return at::upsample_nearest2d(x, {2 * x.size(2), 2 * x.size(3)});
}

// Three convolutions with norm and ReLU before each, their outputs side by side, plus the input.
class Block {
public:
    Block(const Weights& weights, std::int64_t in, std::int64_t out)
        : norms_{BatchNorm(weights, "bn1", in), BatchNorm(weights, "bn2", out / 2),
                 BatchNorm(weights, "bn3", out / 4)},
          convolutions_{convolution(weights, "conv1", in, out / 2),
                        convolution(weights, "conv2", out / 2, out / 4),
                        convolution(weights, "conv3", out / 4, out / 4)} {
        if (in != out) {
            shortcut_norm_.emplace(weights, "downsample.0", in);
            shortcut_.emplace(weights, "downsample.2", ConvolutionShape{.in = in, .out = out, .bias = false});
        }
    }

    [[nodiscard]] at::Tensor operator()(const at::Tensor& x) const {
        const at::Tensor first = step(0, x);
        const at::Tensor second = step(1, first);
        at::Tensor y = at::cat({first, second, step(2, second)}, 1);
        if (!shortcut_) {
            return y.add_(x);
        }
        at::Tensor straight = (*shortcut_norm_)(x);
        return y.add_((*shortcut_)(relu_(straight)));
    }

private:
    static Convolution convolution(const Weights& weights, const char* name, std::int64_t in,
                                   std::int64_t out) {
        return {weights, name, {.in = in, .out = out, .kernel = 3, .padding = 1, .bias = false}};
    }
    [[nodiscard]] at::Tensor step(std::size_t i, const at::Tensor& x) const {
        at::Tensor y = norms_[i](x);
        return convolutions_[i](relu_(y));
    }

    std::array<BatchNorm, 3> norms_;
    std::array<Convolution, 3> convolutions_;
    std::optional<BatchNorm> shortcut_norm_;
    std::optional<Convolution> shortcut_;
};

class Hourglass {
public:
    Hourglass(const Weights& weights, int level)
        : upper_(weights.under("b1_" + std::to_string(level)), width, width),
          lower_first_(weights.under("b2_" + std::to_string(level)), width, width),
          lower_last_(weights.under("b3_" + std::to_string(level)), width, width) {
        if (level > 1) {
            inner_ = std::make_unique<Hourglass>(weights, level - 1);
        } else {
            innermost_.emplace(weights.under("b2_plus_1"), width, width);
        }
    }

    [[nodiscard]] at::Tensor operator()(const at::Tensor& x) const {
        at::Tensor low = lower_first_(halved(x));
        low = inner_ ? (*inner_)(low) : (*innermost_)(low);
        return upper_(x).add_(doubled(lower_last_(low)));
    }

private:
    Block upper_, lower_first_, lower_last_;
    std::unique_ptr<Hourglass> inner_;
    std::optional<Block> innermost_;
};

struct Stack {
    Hourglass hourglass;
    Block top;
    Convolution last;  // with its norm folded in
    Convolution heat;
    std::optional<Convolution> features_on, heat_on;  // what the next stack adds to its input
};

Stack load_stack(const Weights& weights, std::size_t index) {
    const std::string i = std::to_string(index);
    Stack stack{Hourglass(weights.under("m" + i), depth),
                Block(weights.under("top_m_" + i), width, width),
                Convolution(weights, "conv_last" + i, "bn_end" + i, {.in = width, .out = width}),
                Convolution(weights, "l" + i, {.in = width, .out = points}),
                std::nullopt,
                std::nullopt};
    if (index + 1 < stacks) {
        stack.features_on.emplace(weights, "bl" + i, ConvolutionShape{.in = width, .out = width});
        stack.heat_on.emplace(weights, "al" + i, ConvolutionShape{.in = points, .out = width});
    }
    return stack;
}

class FanModule final : public FanNetwork {
public:
    explicit FanModule(const Weights& weights)
        : stem_(weights, "conv1", "bn1", {.in = 3, .out = 64, .kernel = 7, .stride = 2, .padding = 3}),
          second_(weights.under("conv2"), 64, 128),
          third_(weights.under("conv3"), 128, 128),
          fourth_(weights.under("conv4"), 128, width) {
        for (std::size_t i = 0; i < stacks; ++i) {
            stacks_.push_back(load_stack(weights, i));
        }
    }

    [[nodiscard]] at::Tensor operator()(const at::Tensor& x) const override {
        at::Tensor y = stem_(x);
        y = fourth_(third_(halved(second_(relu_(y)))));
        at::Tensor heat;
        for (const Stack& stack : stacks_) {
            at::Tensor features = stack.last(stack.top(stack.hourglass(y)));
            relu_(features);
            heat = stack.heat(features);
            if (stack.features_on) {
                y = y.add((*stack.features_on)(features)).add_((*stack.heat_on)(heat));
            }
        }
        return heat;
    }

private:
    Convolution stem_;
    Block second_, third_, fourth_;
    std::vector<Stack> stacks_;
};

}  // namespace

std::unique_ptr<FanNetwork> make_fan(const Weights& weights) {
    return std::make_unique<FanModule>(weights);
}

}  // namespace hrn::front
