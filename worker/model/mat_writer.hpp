// Writes MATLAB v5 files through matio: real numeric matrices. Target hrn_model_mat.
//
// One thread at a time (matio). Throws ModelError naming the file and the variable.
#pragma once

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "worker/model/array.hpp"

namespace hrn::model {

enum class MatCompression { none, zlib };

// Arrays have two axes, any strides, and one of MATLAB's numeric types.
void write_mat(const std::filesystem::path& path, const std::vector<std::pair<std::string, Array>>& variables,
               MatCompression compression);

}  // namespace hrn::model
