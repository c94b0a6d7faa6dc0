// NumPy's .npy files, versions 1 to 3, row- or column-major ("fortran_order"), little-endian numbers and
// booleans. The array points into the file's mapping.
//
// Any thread. Everything wrong throws ModelError with one line that names the file.
#pragma once

#include <filesystem>

#include "worker/model/array.hpp"

namespace hrn::model {

[[nodiscard]] Array read_npy(const std::filesystem::path& path);

}  // namespace hrn::model
