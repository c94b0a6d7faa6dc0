// Which system calls a worker has given up once it is loaded: a table of names and arguments, and the reason
// of each group. Policy; call_filter.hpp puts it into the kernel.
//
// A list of what is refused, not of what is allowed: the calls that the CUDA driver makes are not documented
// and change with every version, and a worker that dies of a harmless one is worse than none. The allow-list
// around it is the unit's SystemCallFilter.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace hrn::runtime {

// When a call is refused. `mask` and `value` are about one argument, compared as the kernel does (64 bits).
enum class When : std::uint8_t {
    always,
    masked_equal,  // (argument & mask) == value
    not_equal      // argument != value
};

struct CallRule {
    const char* name;
    int error;        // what the caller gets
    int number = -1;  // for a libseccomp that is older than the call; -1: it must know the name
    When when = When::always;
    unsigned argument = 0;
    std::uint64_t mask = 0;
    std::uint64_t value = 0;
};

[[nodiscard]] std::span<const CallRule> call_rules();
// No children, no tracing. Empty in a build with sanitizers, which need both to report.
[[nodiscard]] std::span<const CallRule> child_rules();
// Calls that may be about this process (or, with 0, the calling thread) only: signals, limits, priorities.
[[nodiscard]] std::vector<CallRule> rules_about_others(int own_pid);

}  // namespace hrn::runtime
