// FAN, the network of the 68 landmarks: four stacked hourglasses (front.md 6), from a plain state dict by our
// own module, or from a TorchScript archive by LibTorch.
//
// Immutable after loading; call under c10::InferenceMode from the thread that owns the device. Missing or
// misshapen weights throw model::ModelError.
#pragma once

#include <ATen/core/Tensor.h>

#include <filesystem>
#include <memory>
#include <string>

#include "worker/hrn/networks/layers.hpp"

namespace hrn::front {

class FanNetwork {
public:
    virtual ~FanNetwork() = default;
    // x: batch x 3 x 256 x 256, 0..1; result: batch x 68 x 64 x 64, the last stack's heat maps.
    [[nodiscard]] virtual at::Tensor operator()(const at::Tensor& x) const = 0;
};

// Keys of the public FAN class below the prefix of `weights`.
[[nodiscard]] std::unique_ptr<FanNetwork> make_fan(const networks::Weights& weights);

// A TorchScript archive; whatever is inside computes. It runs in float32 and image by image, since that is
// all that it is known to have been made for.
[[nodiscard]] std::unique_ptr<FanNetwork> load_fan_script(const std::filesystem::path& file,
                                                          const networks::Placement& placement);

}  // namespace hrn::front
