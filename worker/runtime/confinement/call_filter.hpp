// Puts call_rules.hpp into the kernel (seccomp, by libseccomp) for all threads of this process at once, for
// good.
//
// Called once by a worker, on any thread, when everything is loaded. Refused calls return their error; a call
// of a foreign architecture (32 bits, x32) ends the process.
#pragma once

namespace hrn::runtime {

// False: this kernel has no seccomp filters, or a container does not let one be set; nothing was done. Throws
// std::system_error for a filter that cannot be built: a bug.
[[nodiscard]] bool filter_calls();

}  // namespace hrn::runtime
