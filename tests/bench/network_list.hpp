// All networks of the core and of the official front end, one by one, for the programs that measure them.
//
// One thread, under c10::InferenceMode. Throws model::ModelError when a file is missing or wrong.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "worker/hrn/networks/graphed_network.hpp"
#include "worker/model/model_directory.hpp"

namespace hrn::bench {

// Two operations per multiply-add; core.md 3, front.md 0.
struct Network {
    std::string name;
    double gflop;  // per image
    std::vector<std::int64_t> image;
    int runs;              // per photo
    std::int64_t largest;  // recorded batch, as the service has it
    networks::GraphedNetwork::Forward forward;
};

// FAN is left out where the model has it as a script.
[[nodiscard]] std::vector<Network> load_networks(const model::ModelDirectory& directory,
                                                 const networks::Placement& placement);

}  // namespace hrn::bench
