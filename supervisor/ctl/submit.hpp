// `hrn-ctl submit`: files into the spool, then, if a supervisor runs, their ids.
#pragma once

#include "supervisor/ctl/console.hpp"
#include "supervisor/ctl/exit_status.hpp"
#include "supervisor/ctl/options.hpp"

namespace hrn::ctl {

// Throws CommandError, NoSupervisor (with --wait only), RequestFailed.
[[nodiscard]] Exit submit(const Options& options, const Console& console);

}  // namespace hrn::ctl
