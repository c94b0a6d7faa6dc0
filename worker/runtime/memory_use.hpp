// How much memory this process holds, as the kernel counts it. Any thread; never throws: 0 where the kernel
// does not say (no /proc).
#pragma once

#include <cstdint>

namespace hrn::runtime {

[[nodiscard]] std::uint64_t resident_bytes();
[[nodiscard]] std::uint64_t peak_resident_bytes();  // since the process started

}  // namespace hrn::runtime
