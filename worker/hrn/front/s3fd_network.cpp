#include "worker/hrn/front/s3fd_network.hpp"

#include <ATen/ops/amax.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/max_pool2d.h>

namespace hrn::front {

using networks::Convolution;
using networks::ConvolutionShape;
using networks::relu_;
using networks::Weights;

namespace {

struct TrunkLayer {
    const char* name;
    std::int64_t in, out, kernel, stride, padding;
};

constexpr TrunkLayer start[] = {{"conv1_1", 3, 64, 3, 1, 1},
                                {"conv1_2", 64, 64, 3, 1, 1},
                                {"conv2_1", 64, 128, 3, 1, 1},
                                {"conv2_2", 128, 128, 3, 1, 1}};

struct LevelPlan {
    std::vector<TrunkLayer> trunk;
    const char* head;  // prefix of the heads' names
    bool normed;
    bool pool_after;
};

std::vector<LevelPlan> plan() {
    return {{{{"conv3_1", 128, 256, 3, 1, 1}, {"conv3_2", 256, 256, 3, 1, 1}, {"conv3_3", 256, 256, 3, 1, 1}},
             "conv3_3_norm",
             true,
             true},
            {{{"conv4_1", 256, 512, 3, 1, 1}, {"conv4_2", 512, 512, 3, 1, 1}, {"conv4_3", 512, 512, 3, 1, 1}},
             "conv4_3_norm",
             true,
             true},
            {{{"conv5_1", 512, 512, 3, 1, 1}, {"conv5_2", 512, 512, 3, 1, 1}, {"conv5_3", 512, 512, 3, 1, 1}},
             "conv5_3_norm",
             true,
             true},
            {{{"fc6", 512, 1024, 3, 1, 3}, {"fc7", 1024, 1024, 1, 1, 0}}, "fc7", false, false},
            {{{"conv6_1", 1024, 256, 1, 1, 0}, {"conv6_2", 256, 512, 3, 2, 1}}, "conv6_2", false, false},
            {{{"conv7_1", 512, 128, 1, 1, 0}, {"conv7_2", 128, 256, 3, 2, 1}}, "conv7_2", false, false}};
}

Convolution load(const Weights& weights, const TrunkLayer& layer) {
    return {weights, layer.name,
            ConvolutionShape{.in = layer.in,
                             .out = layer.out,
                             .kernel = layer.kernel,
                             .stride = layer.stride,
                             .padding = layer.padding}};
}

at::Tensor pooled(const at::Tensor& x) {
    return at::max_pool2d(x, {2, 2}, {2, 2});
}

at::Tensor activated(const Convolution& convolution, const at::Tensor& x) {
    at::Tensor y = convolution(x);
    return relu_(y);
}

// Each pixel's channels at length 1, times a weight per channel. In float32: squares overflow half precision.
at::Tensor unit_length(const at::Tensor& x, const at::Tensor& weight) {
    const at::Tensor wide = x.to(c10::kFloat);
    const at::Tensor length = wide.pow(2).sum(1, true).sqrt_().add_(1e-10);
    return wide.div(length).mul_(weight.to(c10::kFloat)).to(x.scalar_type());
}

// The first level has three kinds of background; the strongest counts.
at::Tensor one_background(const at::Tensor& classes) {
    return at::cat({at::amax(classes.narrow(1, 0, 3), {1}, true), classes.narrow(1, 3, 1)}, 1);
}

}  // namespace

S3fdNetwork::S3fdNetwork(const Weights& weights) {
    for (const TrunkLayer& layer : start) {
        start_.push_back(load(weights, layer));
    }
    const std::vector<LevelPlan> plans = plan();
    for (std::size_t i = 0; i < levels_.size(); ++i) {
        const LevelPlan& wanted = plans[i];
        Level& level = levels_[i];
        for (const TrunkLayer& layer : wanted.trunk) {
            level.trunk.push_back(load(weights, layer));
        }
        const std::int64_t channels = wanted.trunk.back().out;
        const std::string head = std::string(wanted.head) + "_mbox";
        if (wanted.normed) {
            const at::Tensor norm = weights.under(wanted.head).tensor("weight", {channels});
            level.norm = networks::place(norm.reshape({1, channels, 1, 1}), weights.placement());
        }
        const std::int64_t kinds = i == 0 ? 4 : 2;
        level.classes =
            Convolution(weights, head + "_conf", {.in = channels, .out = kinds, .kernel = 3, .padding = 1});
        level.offsets =
            Convolution(weights, head + "_loc", {.in = channels, .out = 4, .kernel = 3, .padding = 1});
        level.pool_after = wanted.pool_after;
    }
}

S3fdTensors S3fdNetwork::operator()(const at::Tensor& x) const {
    at::Tensor y = x;
    for (std::size_t i = 0; i < start_.size(); i += 2) {
        y = pooled(activated(start_[i + 1], activated(start_[i], y)));
    }
    S3fdTensors out;
    for (std::size_t i = 0; i < levels_.size(); ++i) {
        const Level& level = levels_[i];
        for (const Convolution& convolution : level.trunk) {
            y = activated(convolution, y);
        }
        const at::Tensor looked_at = level.norm.defined() ? unit_length(y, level.norm) : y;
        const at::Tensor classes = level.classes(looked_at);
        out.classes[i] = i == 0 ? one_background(classes) : classes;
        out.offsets[i] = level.offsets(looked_at);
        if (level.pool_after) {
            y = pooled(y);
        }
    }
    return out;
}

}  // namespace hrn::front
