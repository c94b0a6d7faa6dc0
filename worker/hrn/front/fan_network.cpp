#include "worker/hrn/front/fan_network.hpp"

#include <array>
#include <optional>

namespace hrn::front {

using networks::BatchNorm;
using networks::Convolution;
using networks::convolution_numbers;
using networks::ConvolutionNumbers;
using networks::ConvolutionShape;
using networks::halved;
using networks::Weights;

namespace {

constexpr std::int64_t width = 256;
constexpr std::int64_t points = 68;
constexpr std::size_t stacks = 4;
constexpr int depth = 4;

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
        const at::Tensor third = step(2, second);
        const at::Tensor straight = shortcut_ ? (*shortcut_)(shortcut_norm_->relu(x)) : x;
        return networks::beside_plus(first, second, third, straight);
    }

private:
    static Convolution convolution(const Weights& weights, const char* name, std::int64_t in,
                                   std::int64_t out) {
        return {weights, name, {.in = in, .out = out, .kernel = 3, .padding = 1, .bias = false}};
    }
    [[nodiscard]] at::Tensor step(std::size_t i, const at::Tensor& x) const {
        return convolutions_[i](norms_[i].relu(x));
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
        return networks::enlarged_plus(upper_(x), lower_last_(low));
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
    // What the next stack adds to its input: of the features, and of the heat maps. On a device the two, and
    // the heat maps between, are one convolution of the features: they follow each other without a bend.
    std::optional<Convolution> features_on, heat_on;
};

// bl(f) + al(l(f)) as one 1 x 1 convolution of f.
ConvolutionNumbers joined(const ConvolutionNumbers& features_on, const ConvolutionNumbers& heat_on,
                          const ConvolutionNumbers& heat) {
    const auto matrix = [](const at::Tensor& weight) {
        return weight.reshape({weight.size(0), weight.size(1)}).to(c10::kDouble);
    };
    const at::Tensor onward = matrix(heat_on.weight);
    const at::Tensor weight = matrix(features_on.weight).add(onward.matmul(matrix(heat.weight)));
    const at::Tensor bias =
        features_on.bias.add(heat_on.bias).to(c10::kDouble).add(onward.mv(heat.bias.to(c10::kDouble)));
    return {weight.to(c10::kFloat).reshape({width, width, 1, 1}), bias.to(c10::kFloat)};
}

Stack load_stack(const Weights& weights, std::size_t index) {
    constexpr ConvolutionShape of_features{.in = width, .out = width};
    constexpr ConvolutionShape of_heat{.in = points, .out = width};
    constexpr ConvolutionShape to_heat{.in = width, .out = points};
    const std::string i = std::to_string(index);
    Stack stack{Hourglass(weights.under("m" + i), depth),
                Block(weights.under("top_m_" + i), width, width),
                Convolution(weights, "conv_last" + i, "bn_end" + i, of_features),
                Convolution(weights, "l" + i, to_heat),
                std::nullopt,
                std::nullopt};
    if (index + 1 == stacks) {
        return stack;
    }
    const ConvolutionNumbers features_on = convolution_numbers(weights, "bl" + i, of_features);
    const ConvolutionNumbers heat_on = convolution_numbers(weights, "al" + i, of_heat);
    if (weights.placement().on_cpu()) {
        stack.features_on.emplace(features_on, of_features, weights.placement());
        stack.heat_on.emplace(heat_on, of_heat, weights.placement());
    } else {
        const ConvolutionNumbers heat = convolution_numbers(weights, "l" + i, to_heat);
        stack.features_on.emplace(joined(features_on, heat_on, heat), of_features, weights.placement());
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
        at::Tensor y = fourth_(third_(halved(second_(stem_.relu(x)))));
        at::Tensor features;
        for (const Stack& stack : stacks_) {
            features = stack.last.relu(stack.top(stack.hourglass(y)));
            if (stack.features_on) {
                y = stack.features_on->plus(features, y);
            }
            if (stack.heat_on) {
                y.add_((*stack.heat_on)(stack.heat(features)));
            }
        }
        return stacks_.back().heat(features);
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
