#include "worker/hrn/front/network_106.hpp"

#include "worker/model/torch_file.hpp"

namespace hrn::front {

using networks::Convolution;
using networks::ConvolutionShape;
using networks::Weights;

namespace {

struct Block {
    std::int64_t in, out, expansion, stride;
    bool residual;
};

// block2 .. block17.
constexpr Block blocks[] = {
    {64, 64, 2, 1, false},  {64, 64, 2, 2, false},   {64, 64, 2, 1, true},    {64, 64, 2, 1, true},
    {64, 64, 2, 1, true},   {64, 64, 2, 1, true},    {64, 128, 2, 2, false},  {128, 128, 4, 1, false},
    {128, 128, 4, 1, true}, {128, 128, 4, 1, true},  {128, 128, 4, 1, true},  {128, 128, 4, 1, true},
    {128, 128, 4, 1, true}, {128, 128, 2, 1, false}, {128, 128, 2, 2, false}, {128, 128, 2, 1, false}};

constexpr ConvolutionShape expansion_shape(std::int64_t in, std::int64_t hidden) {
    return {.in = in, .out = hidden, .bias = false};
}

// Without its bias, which the depthwise convolution adds while it reads.
Convolution expansion(const Weights& weights, std::int64_t in, std::int64_t hidden) {
    const ConvolutionShape shape = expansion_shape(in, hidden);
    return {{networks::folded_numbers(weights, "0", "1", shape).weight, {}}, shape, weights.placement()};
}

networks::DepthwiseNumbers depthwise(const Weights& weights, std::int64_t in, std::int64_t channels) {
    const auto there = weights.placement().device;
    const auto slopes = [&](std::string_view name) {
        return weights.under(name).tensor("weight", {channels}).to(there);
    };
    const networks::ConvolutionNumbers before =
        networks::folded_numbers(weights, "0", "1", expansion_shape(in, channels));
    const networks::ConvolutionNumbers own = networks::folded_numbers(
        weights, "3", "4",
        {.in = channels, .out = channels, .kernel = 3, .padding = 1, .groups = channels, .bias = false});
    return {.in_bias = before.bias.to(there),
            .in_slopes = slopes("2"),
            .windows = own.weight.reshape({channels, 3, 3}).permute({1, 2, 0}).contiguous().to(there),
            .bias = own.bias.to(there),
            .slopes = slopes("5")};
}

}  // namespace

Network106::Activated::Activated(const Weights& weights, const std::string& convolution_name,
                                 const std::string& norm, const std::string& slope,
                                 const ConvolutionShape& shape)
    : convolution(weights, convolution_name, norm, shape),
      slopes(weights.under(slope).tensor("weight", {shape.out}).to(weights.placement().device)) {}

at::Tensor Network106::Activated::operator()(const at::Tensor& x) const {
    return convolution.prelu(x, slopes);
}

Network106::Network106(const Weights& weights)
    : first_(weights, "block1.0", "block1.1", "block1.2",
             {.in = 3, .out = 64, .kernel = 3, .stride = 2, .padding = 1, .bias = false}),
      last_(weights, "block18.0", "block18.1", "block18.2",
            {.in = 128, .out = 256, .kernel = 3, .padding = 1, .bias = false}),
      heat_(weights, "block19", {.in = 256, .out = 106, .kernel = 3, .padding = 1, .bias = false}) {
    int number = 2;
    for (const Block& block : blocks) {
        const Weights own = weights.under("block" + std::to_string(number++) + ".conv");
        const std::int64_t hidden = block.in * block.expansion;
        blocks_.push_back({expansion(own, block.in, hidden), depthwise(own, block.in, hidden), block.stride,
                           Convolution(own, "6", "7", {.in = hidden, .out = block.out, .bias = false}),
                           block.residual});
    }
}

at::Tensor Network106::operator()(const at::Tensor& x) const {
    at::Tensor y = first_(x);
    for (const Inverted& block : blocks_) {
        const at::Tensor z = networks::depthwise_prelu(block.expand(y), block.depthwise, block.stride);
        y = block.residual ? block.project.plus(z, y) : block.project(z);
    }
    return heat_(last_(y));
}

std::string prefix_106(const model::TensorFile& file) {
    for (const char* prefix : {"state_dict.module", "state_dict", "module"}) {
        if (file.has_prefix(std::string(prefix) + ".block1.")) {
            return prefix;
        }
    }
    return "";
}

}  // namespace hrn::front
