// The one sentence for an array that is missing or has another shape than the network needs.
//
// Pure function, any thread. Throws ModelError naming file, key, expected and found shape.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string_view>
#include <vector>

#include "worker/model/array.hpp"

namespace hrn::model {

// `found` (nullptr: there is none) if it has the expected shape; -1 stands for any length.
[[nodiscard]] const Array& require_array(const std::filesystem::path& file, std::string_view key,
                                         const Array* found, const std::vector<std::int64_t>& expected);

}  // namespace hrn::model
