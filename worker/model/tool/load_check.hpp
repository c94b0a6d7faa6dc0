// The two model files that only LibTorch and OpenCV can read: loads them, and adds what comes of it to what
// fit_check.hpp found.
//
// One thread. A file that cannot be loaded is a result, not an exception.
#pragma once

#include <vector>

#include "worker/model/fit_result.hpp"
#include "worker/model/model_directory.hpp"

namespace hrn::model::tool {

void check_loading(const ModelDirectory& directory, std::vector<FitResult>& results);

}  // namespace hrn::model::tool
