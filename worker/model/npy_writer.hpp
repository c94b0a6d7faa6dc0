// Writes a contiguous array as a .npy file (version 1, row-major).
//
// Any thread. Throws ModelError naming the file when it cannot be written, std::invalid_argument for an
// array that is not contiguous or of a type that NumPy lacks (bfloat16).
#pragma once

#include <filesystem>

#include "worker/model/array.hpp"

namespace hrn::model {

void write_npy(const std::filesystem::path& path, const Array& array);

}  // namespace hrn::model
