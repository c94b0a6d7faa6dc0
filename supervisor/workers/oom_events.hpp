// How often the kernel killed something because memory ran out: in this cgroup (memory.events) and on the
// whole machine (/proc/vmstat). Only a rise in the cgroup makes a SIGKILL "killed_for_memory" (design.md 7);
// only with no rise anywhere is a SIGKILL known to come from outside. Reads small kernel files.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace hrn::supervisor {

struct OomKills {
    // Nothing where the kernel does not tell (no cgroup 2, or its root).
    std::optional<std::uint64_t> in_cgroup, on_machine;
};
[[nodiscard]] OomKills count_oom_kills();
// The value of the line "oom_kill N" of either file.
[[nodiscard]] std::optional<std::uint64_t> parse_oom_kills(std::string_view text);

[[nodiscard]] bool memory_ran_out(const OomKills& before, const OomKills& after);
// Memory did not run out, and the kernel would have said so.
[[nodiscard]] bool memory_surely_sufficed(const OomKills& before, const OomKills& after);

}  // namespace hrn::supervisor
