#include "worker/hrn/front/s3fd_network.hpp"

#include <ATen/ops/amax.h>
#include <ATen/ops/cat.h>

namespace hrn::front {

using networks::Convolution;
using networks::ConvolutionShape;
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

constexpr std::int64_t box_numbers = 4;

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
    return networks::max_pool(x, 2, 2, 0);
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
            level.norm =
                weights.under(wanted.head).tensor("weight", {channels}).to(weights.placement().device);
        }
        level.kinds = i == 0 ? 4 : 2;
        const auto numbers = [&](const char* name, std::int64_t out) {
            return networks::convolution_numbers(weights, head + name,
                                                 {.in = channels, .out = out, .kernel = 3, .padding = 1});
        };
        level.heads =
            Convolution(networks::side_by_side({numbers("_conf", level.kinds), numbers("_loc", box_numbers)}),
                        {.in = channels, .out = level.kinds + box_numbers, .kernel = 3, .padding = 1},
                        weights.placement());
        level.pool_after = wanted.pool_after;
    }
}

S3fdTensors S3fdNetwork::operator()(const at::Tensor& x) const {
    at::Tensor y = x;
    for (std::size_t i = 0; i < start_.size(); i += 2) {
        y = pooled(start_[i + 1].relu(start_[i].relu(y)));
    }
    S3fdTensors out;
    for (std::size_t i = 0; i < levels_.size(); ++i) {
        const Level& level = levels_[i];
        for (const Convolution& convolution : level.trunk) {
            y = convolution.relu(y);
        }
        const at::Tensor looked_at = level.norm.defined() ? networks::unit_length(y, level.norm) : y;
        const at::Tensor numbers = level.heads(looked_at);
        const at::Tensor classes = numbers.narrow(1, 0, level.kinds);
        out.classes[i] = i == 0 ? one_background(classes) : classes;
        out.offsets[i] = numbers.narrow(1, level.kinds, box_numbers);
        if (level.pool_after) {
            y = pooled(y);
        }
    }
    return out;
}

}  // namespace hrn::front
