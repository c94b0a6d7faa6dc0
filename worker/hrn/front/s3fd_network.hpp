// S3FD's network: a VGG-16 trunk with score and box heads on six of its maps (front.md 5).
//
// Immutable after loading; call under c10::InferenceMode from the thread that owns the device. Missing or
// misshapen weights throw model::ModelError.
#pragma once

#include <ATen/core/Tensor.h>

#include <array>
#include <string>
#include <vector>

#include "worker/hrn/front/s3fd_boxes.hpp"
#include "worker/hrn/networks/layers.hpp"

namespace hrn::front {

struct S3fdTensors {
    std::array<at::Tensor, s3fd_levels> classes;  // batch x 2 x H x W: background, face
    std::array<at::Tensor, s3fd_levels> offsets;  // batch x 4 x H x W
};

class S3fdNetwork {
public:
    explicit S3fdNetwork(const networks::Weights& weights);
    // x: batch x 3 x H x W; in HRN 224 x 224.
    [[nodiscard]] S3fdTensors operator()(const at::Tensor& x) const;

private:
    struct Level {
        std::vector<networks::Convolution> trunk;  // each with a ReLU, up to the map that is looked at
        at::Tensor norm;              // per channel, float32; undefined: the map is taken as it is
        networks::Convolution heads;  // classes and offsets side by side
        std::int64_t kinds = 2;       // channels of the classes
        bool pool_after = false;
    };
    std::vector<networks::Convolution> start_;  // conv1, conv2, pooled after each pair
    std::array<Level, s3fd_levels> levels_;
};

}  // namespace hrn::front
