// The core's four networks, tensor by tensor (core.md 3).
//
// Pure functions, any thread.
#pragma once

#include <string>
#include <vector>

#include "worker/model/tensor_table.hpp"

namespace hrn::model {

struct CoreNetwork {
    std::string file;  // "pytorch_model.pt"
    std::string name;  // its key in the file: "net_recon"
    TensorTable tensors;
};

// net_recon, mid_net, high_net, generator (the de-retouching UNet).
[[nodiscard]] std::vector<CoreNetwork> core_networks();

// The scalars beside the networks in pytorch_model.pt, and the synthetic test model's values.
inline constexpr double synthetic_alpha = 0.15;
inline constexpr double synthetic_beta = 0.04;

}  // namespace hrn::model
