// `hrn-ctl top`: status, workers and the latest tasks, drawn anew every second until interrupted. Not on a
// terminal, or with --count: so many pictures one below the other.
#pragma once

#include "supervisor/ctl/console.hpp"
#include "supervisor/ctl/options.hpp"

namespace hrn::ctl {

// Throws NoSupervisor when nobody answers (any more), RequestFailed.
[[nodiscard]] Exit top(const Options& options, const Console& console);

}  // namespace hrn::ctl
