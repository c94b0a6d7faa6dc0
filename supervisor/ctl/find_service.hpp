// Where the supervisor's socket and the spool are.
#pragma once

#include <string>

#include "shared/config.hpp"
#include "supervisor/ctl/options.hpp"

namespace hrn::ctl {

// --socket, else --config's runtime_dir, else HRN_SOCKET, else the configuration at its default place, else
// the built-in default. A file with a mistake in it does not hide the service that runs on with the old
// configuration: its socket is found all the same. Throws CommandError(usage) if a named configuration cannot
// be read, or has a mistake and no service answers.
[[nodiscard]] std::string socket_path(const Options& options);

// The configuration that is meant: --config, HRN_CONFIG, the default place, the built-in default. Throws
// CommandError(usage) with its line if it cannot be read.
[[nodiscard]] Config configuration(const Options& options);
// Where it comes from, for people.
[[nodiscard]] std::string configuration_source(const Options& options);

// The spool as the configuration (--config, HRN_CONFIG, the default place, the built-in default) names it;
// for a service that does not run. Throws CommandError(usage).
[[nodiscard]] std::string configured_spool(const Options& options);

}  // namespace hrn::ctl
