// How often the kernel killed something in this cgroup because memory ran out (memory.events, oom_kill).
// Only a rise of it makes a SIGKILL "killed_for_memory" (design.md 7). Reads two small kernel files.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace hrn::supervisor {

// Nothing where the kernel does not tell (no cgroup 2, or its root).
[[nodiscard]] std::optional<std::uint64_t> cgroup_oom_kills();
// The value of oom_kill in the text of a memory.events file.
[[nodiscard]] std::optional<std::uint64_t> parse_oom_kills(std::string_view memory_events);

}  // namespace hrn::supervisor
