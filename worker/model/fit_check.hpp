// Does a model directory fit the networks and the geometry that will use it: every key there, every shape
// right, every index inside its range (core.md 2, 3; front.md 2-7)? Reads all files, numbers only where
// they are indices.
//
// Target hrn_model_fit (needs matio): one call at a time. Faults in files are results, not exceptions.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "worker/model/model_directory.hpp"

namespace hrn::model {

// One network, or one file that holds none.
struct FitResult {
    std::string file;             // below the directory
    std::string what;             // "net_recon", "3D face model"
    std::int64_t parameters = 0;  // learnt numbers; 0 for what is no network
    std::int64_t bytes = 0;       // of weights and normalisation buffers, as loaded; 0 likewise
    bool present = false;
    bool fits = false;
    bool needed = true;   // false: an optional file, or another form of one that is there
    std::string problem;  // one line; empty if it fits
};

[[nodiscard]] std::vector<FitResult> check_fit(const ModelDirectory& directory);

}  // namespace hrn::model
