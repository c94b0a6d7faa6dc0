#include "worker/hrn/front/network_106.hpp"

#include <ATen/ops/prelu.h>

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

}  // namespace

Network106::Activated::Activated(const Weights& weights, const std::string& convolution_name,
                                 const std::string& norm, const std::string& slope,
                                 const ConvolutionShape& shape)
    : convolution(weights, convolution_name, norm, shape),
      slopes(networks::place(weights.under(slope).tensor("weight", {shape.out}), weights.placement())) {}

at::Tensor Network106::Activated::operator()(const at::Tensor& x) const {
    return at::prelu(convolution(x), slopes);
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
        blocks_.push_back({Activated(own, "0", "1", "2", {.in = block.in, .out = hidden, .bias = false}),
                           Activated(own, "3", "4", "5",
                                     {.in = hidden,
                                      .out = hidden,
                                      .kernel = 3,
                                      .stride = block.stride,
                                      .padding = 1,
                                      .groups = hidden,
                                      .bias = false}),
                           Convolution(own, "6", "7", {.in = hidden, .out = block.out, .bias = false}),
                           block.residual});
    }
}

at::Tensor Network106::operator()(const at::Tensor& x) const {
    at::Tensor y = first_(x);
    for (const Inverted& block : blocks_) {
        at::Tensor z = block.project(block.depthwise(block.expand(y)));
        y = block.residual ? z.add_(y) : z;
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
