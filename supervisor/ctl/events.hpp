// `hrn-ctl events`: what happens in the service, a JSON line each, until the count or the time is reached or
// the service ends (docs/control-protocol.md "Events").
#pragma once

#include "supervisor/ctl/console.hpp"
#include "supervisor/ctl/options.hpp"

namespace hrn::ctl {

// Exit::timeout: --timeout came before --count. Throws NoSupervisor when the service ends.
[[nodiscard]] Exit show_events(const Options& options, const Console& console);

}  // namespace hrn::ctl
