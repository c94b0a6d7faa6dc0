#include "worker/hrn/front/retina_network.hpp"

#include <ATen/ops/cat.h>
#include <ATen/ops/upsample_nearest2d.h>

namespace hrn::front {

using networks::Convolution;
using networks::ConvolutionShape;
using networks::relu_;
using networks::Weights;

namespace {

constexpr std::int64_t width = 256;

// Convolution NAME.0 with batch norm NAME.1.
Convolution normed(const Weights& weights, const std::string& name, std::int64_t in, std::int64_t out,
                   std::int64_t kernel) {
    return {weights, name + ".0", name + ".1",
            ConvolutionShape{.in = in, .out = out, .kernel = kernel, .padding = kernel / 2, .bias = false}};
}

at::Tensor normed_relu(const Convolution& convolution, const at::Tensor& x) {
    at::Tensor y = convolution(x);
    return relu_(y);
}

at::Tensor enlarged_to(const at::Tensor& x, const at::Tensor& target) {
    return at::upsample_nearest2d(x, {target.size(2), target.size(3)});
}

}  // namespace

RetinaNetwork::Context::Context(const Weights& weights)
    : small(normed(weights, "conv3X3", width, width / 2, 3)),
      shared(normed(weights, "conv5X5_1", width, width / 4, 3)),
      medium(normed(weights, "conv5X5_2", width / 4, width / 4, 3)),
      large_first(normed(weights, "conv7X7_2", width / 4, width / 4, 3)),
      large_second(normed(weights, "conv7x7_3", width / 4, width / 4, 3)) {}  // the file spells it so

at::Tensor RetinaNetwork::Context::operator()(const at::Tensor& x) const {
    const at::Tensor t = normed_relu(shared, x);
    at::Tensor y = at::cat({small(x), medium(t), large_second(normed_relu(large_first, t))}, 1);
    return relu_(y);
}

RetinaNetwork::Head::Head(const Weights& weights, const std::string& name, std::int64_t numbers_per_anchor)
    : numbers(numbers_per_anchor) {
    constexpr std::int64_t anchors = 2;
    for (std::size_t level = 0; level < levels.size(); ++level) {
        levels[level] = Convolution(weights, name + "." + std::to_string(level) + ".conv1x1",
                                    ConvolutionShape{.in = width, .out = anchors * numbers});
    }
}

at::Tensor RetinaNetwork::Head::operator()(const at::Tensor& x, std::size_t level) const {
    const at::Tensor y = levels[level](x).permute({0, 2, 3, 1});
    return y.reshape({x.size(0), -1, numbers});
}

RetinaNetwork::RetinaNetwork(const Weights& weights)
    : body_(weights.under("body")),
      contexts_{Context(weights.under("ssh1")), Context(weights.under("ssh2")),
                Context(weights.under("ssh3"))},
      classes_(weights, "ClassHead", 2),
      boxes_(weights, "BboxHead", 4),
      landmarks_(weights, "LandmarkHead", 10) {
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
        levels[level] = normed_relu(lateral_[level], stages[level + 1]);
    }
    // From the coarsest down; the coarsest itself stays as it is.
    for (std::size_t level = merge_.size(); level-- > 0;) {
        levels[level] =
            normed_relu(merge_[level], levels[level].add(enlarged_to(levels[level + 1], levels[level])));
    }
    std::vector<at::Tensor> classes;
    std::vector<at::Tensor> boxes;
    std::vector<at::Tensor> landmarks;
    for (std::size_t level = 0; level < levels.size(); ++level) {
        const at::Tensor features = contexts_[level](levels[level]);
        classes.push_back(classes_(features, level));
        boxes.push_back(boxes_(features, level));
        landmarks.push_back(landmarks_(features, level));
    }
    return {at::cat(classes, 1), at::cat(boxes, 1), at::cat(landmarks, 1)};
}

}  // namespace hrn::front
