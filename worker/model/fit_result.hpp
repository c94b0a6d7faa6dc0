// What fit_check.hpp found about one network, or about one file that holds none. A plain value.
#pragma once

#include <cstdint>
#include <string>

namespace hrn::model {

struct FitResult {
    std::string file;             // below the directory
    std::string what;             // "net_recon", "3D face model"
    std::int64_t parameters = 0;  // learnt numbers; 0 for what is no network
    std::int64_t bytes = 0;       // of weights and normalisation buffers, as loaded; 0 likewise
    bool present = false;
    bool fits = false;
    bool tolerated = false;  // does not fit, but the service works without it
    bool needed = true;      // false: an optional file, or another form of one that is there
    std::string problem;     // one line; empty if it fits
};

}  // namespace hrn::model
