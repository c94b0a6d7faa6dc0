#include "worker/hrn/front/retina_network.hpp"

#include <ATen/ops/cat.h>

namespace hrn::front {

using networks::Convolution;
using networks::ConvolutionShape;
using networks::Weights;

namespace {

constexpr std::int64_t width = 256;

// Convolution NAME.0 with batch norm NAME.1.
Convolution normed(const Weights& weights, const std::string& name, std::int64_t in, std::int64_t out,
                   std::int64_t kernel) {
    return {weights, name + ".0", name + ".1",
            ConvolutionShape{.in = in, .out = out, .kernel = kernel, .padding = kernel / 2, .bias = false}};
}

// Numbers per anchor, in the order in which the heads of a level stand side by side.
constexpr std::int64_t class_numbers = 2;
constexpr std::int64_t box_numbers = 4;
constexpr std::int64_t landmark_numbers = 10;
constexpr std::int64_t anchors = 2;

Convolution heads(const Weights& weights, std::size_t level) {
    const auto head = [&](const std::string& name, std::int64_t numbers) {
        return networks::convolution_numbers(weights, name + "." + std::to_string(level) + ".conv1x1",
                                             {.in = width, .out = anchors * numbers});
    };
    constexpr std::int64_t all = anchors * (class_numbers + box_numbers + landmark_numbers);
    return {networks::side_by_side({head("ClassHead", class_numbers), head("BboxHead", box_numbers),
                                    head("LandmarkHead", landmark_numbers)}),
            {.in = width, .out = all},
            weights.placement()};
}

}  // namespace

RetinaNetwork::Context::Context(const Weights& weights)
    : small(normed(weights, "conv3X3", width, width / 2, 3)),
      shared(normed(weights, "conv5X5_1", width, width / 4, 3)),
      medium(normed(weights, "conv5X5_2", width / 4, width / 4, 3)),
      large_first(normed(weights, "conv7X7_2", width / 4, width / 4, 3)),
      large_second(normed(weights, "conv7x7_3", width / 4, width / 4, 3)) {}  // the file spells it so

// The ReLU of all three together is that of each.
at::Tensor RetinaNetwork::Context::operator()(const at::Tensor& x) const {
    const at::Tensor t = shared.relu(x);
    return at::cat({small.relu(x), medium.relu(t), large_second.relu(large_first.relu(t))}, 1);
}

RetinaNetwork::RetinaNetwork(const Weights& weights)
    : body_(weights.under("body")),
      contexts_{Context(weights.under("ssh1")), Context(weights.under("ssh2")),
                Context(weights.under("ssh3"))},
      heads_{heads(weights, 0), heads(weights, 1), heads(weights, 2)} {
    const Weights pyramid = weights.under("fpn");
    for (std::size_t level = 0; level < lateral_.size(); ++level) {
        lateral_[level] = normed(pyramid, "output" + std::to_string(level + 1), 512LL << level, width, 1);
    }
    for (std::size_t level = 0; level < merge_.size(); ++level) {
        merge_[level] = normed(pyramid, "merge" + std::to_string(level + 1), width, width, 3);
    }
}

RetinaTensors RetinaNetwork::operator()(const at::Tensor& x) const {
    const std::array<at::Tensor, 4> stages = body_.stages(x);
    std::array<at::Tensor, 3> levels;
    for (std::size_t level = 0; level < levels.size(); ++level) {
        levels[level] = lateral_[level].relu(stages[level + 1]);
    }
    // From the coarsest down; the coarsest itself stays as it is.
    for (std::size_t level = merge_.size(); level-- > 0;) {
        levels[level] = merge_[level].relu(networks::enlarged_plus(levels[level], levels[level + 1]));
    }
    std::vector<at::Tensor> classes;
    std::vector<at::Tensor> boxes;
    std::vector<at::Tensor> landmarks;
    for (std::size_t level = 0; level < levels.size(); ++level) {
        const at::Tensor numbers = heads_[level](contexts_[level](levels[level])).permute({0, 2, 3, 1});
        std::int64_t first = 0;
        // Rows of one level: batch x (H W 2) x numbers.
        const auto rows = [&](std::int64_t per_anchor) {
            const at::Tensor own = numbers.narrow(3, first, anchors * per_anchor);
            first += anchors * per_anchor;
            return own.reshape({x.size(0), -1, per_anchor});
        };
        classes.push_back(rows(class_numbers));
        boxes.push_back(rows(box_numbers));
        landmarks.push_back(rows(landmark_numbers));
    }
    return {at::cat(classes, 1), at::cat(boxes, 1), at::cat(landmarks, 1)};
}

}  // namespace hrn::front
