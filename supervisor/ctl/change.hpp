// The commands that change something: asked of the supervisor, said in a line or two. Each gives the exit
// status; failures are thrown (exit_status.hpp, client.hpp).
#pragma once

#include "supervisor/ctl/console.hpp"
#include "supervisor/ctl/options.hpp"

namespace hrn::ctl {

[[nodiscard]] Exit retry_tasks(const Options& options, const Console& console);
[[nodiscard]] Exit cancel_tasks(const Options& options, const Console& console);
// hold, release, bump
[[nodiscard]] Exit change_tasks(const Options& options, const Console& console);
[[nodiscard]] Exit clean_up(const Options& options, const Console& console);
// pause, resume, drain
[[nodiscard]] Exit change_state(const Options& options, const Console& console);
[[nodiscard]] Exit reload_configuration(const Options& options, const Console& console);
[[nodiscard]] Exit restart_worker(const Options& options, const Console& console);
// device drain, device resume
[[nodiscard]] Exit change_device(const Options& options, const Console& console);

}  // namespace hrn::ctl
