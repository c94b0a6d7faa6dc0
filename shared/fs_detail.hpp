// What the files of shared/fs share: the fault seam and how a failed call becomes an FsError. Included by
// fs*.cpp only.
#pragma once

#include <string>
#include <string_view>

#include "shared/fs.hpp"

namespace hrn::fs::detail {

// Asks the fault hook; true: errno is set and the call must count as failed without being made.
[[nodiscard]] bool fault(std::string_view call, std::string_view name);

// Throws FsError(error, "call NAME"); the name is made printable.
[[noreturn]] void fail(int error, std::string_view call, std::string_view name);
[[noreturn]] void fail(std::string_view call, std::string_view name);  // with errno

// Throws std::invalid_argument unless it is a single name.
void require_name(std::string_view name);

}  // namespace hrn::fs::detail
