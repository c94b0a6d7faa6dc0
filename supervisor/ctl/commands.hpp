// Runs a parsed command: asks the supervisor, prints, says how to end.
#pragma once

#include <string>
#include <vector>

#include "supervisor/ctl/console.hpp"
#include "supervisor/ctl/options.hpp"

namespace hrn::ctl {

// Throws CommandError, NoSupervisor, RequestFailed.
[[nodiscard]] Exit run_command(const Options& options, const Console& console);

// The whole program but for main: parses, runs, prints complaints. Never throws for what operators can cause.
[[nodiscard]] int run(const std::vector<std::string>& arguments, const Console& console);

}  // namespace hrn::ctl
