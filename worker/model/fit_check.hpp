// Does a model directory fit the networks and the geometry that will use it: every key there, every shape
// right, every index inside its range (core.md 2, 3; front.md 2-7)? Reads all files, numbers only where
// they are indices.
//
// Target hrn_model_fit (needs matio): one call at a time. Faults in files are results, not exceptions.
#pragma once

#include <vector>

#include "worker/model/fit_result.hpp"
#include "worker/model/model_directory.hpp"

namespace hrn::model {

[[nodiscard]] std::vector<FitResult> check_fit(const ModelDirectory& directory);

}  // namespace hrn::model
