// The core as `hrn-model verify` asks for it: the stages "core" and "module" of a golden folder, quantity by
// quantity (core.md, golden manifest). Each quantity is computed from whatever of its ancestors is given, and
// the rest from the case's inputs.
//
// Owned and called by one thread. Loads the model's core files: model::ModelError as the Core's. What
// compute() and run() throw for bad input is std::invalid_argument naming it.
#pragma once

#include <memory>
#include <string>

#include "worker/hrn/golden.hpp"

namespace hrn::model {
class ModelDirectory;
}

namespace hrn::core {

// device and precision as in CoreOptions; threads: CPU threads.
[[nodiscard]] std::unique_ptr<GoldenStages> make_golden_stages(const model::ModelDirectory& directory,
                                                               const std::string& device,
                                                               const std::string& precision, int threads = 1);

}  // namespace hrn::core
