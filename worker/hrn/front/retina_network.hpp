// RetinaFace's network: ResNet-50, feature pyramid, context heads (front.md 2).
//
// Immutable after loading; call under c10::InferenceMode from the thread that owns the device. Missing or
// misshapen weights throw model::ModelError.
#pragma once

#include <ATen/core/Tensor.h>

#include <array>
#include <string>

#include "worker/hrn/networks/layers.hpp"
#include "worker/hrn/networks/resnet50.hpp"

namespace hrn::front {

struct RetinaTensors {
    at::Tensor confidences;  // batch x 10752 x 2, in the row order of retina_priors()
    at::Tensor offsets;      // batch x 10752 x 4
    at::Tensor landmarks;    // batch x 10752 x 10
};

class RetinaNetwork {
public:
    explicit RetinaNetwork(const networks::Weights& weights);
    // x: batch x 3 x 512 x 512.
    [[nodiscard]] RetinaTensors operator()(const at::Tensor& x) const;

private:
    // Three receptive fields side by side ("single stage headless").
    struct Context {
        explicit Context(const networks::Weights& weights);
        [[nodiscard]] at::Tensor operator()(const at::Tensor& x) const;
        networks::Convolution small, shared, medium, large_first, large_second;
    };
    networks::Resnet50 body_;
    std::array<networks::Convolution, 3> lateral_;
    std::array<networks::Convolution, 2> merge_;
    std::array<Context, 3> contexts_;
    std::array<networks::Convolution, 3> heads_;  // classes, boxes and landmarks of a level side by side
};

}  // namespace hrn::front
