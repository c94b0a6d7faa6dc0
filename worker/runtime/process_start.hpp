// The first lines of every worker process (design.md 7): die with the supervisor, leave its process group,
// take back what was inherited. And how a worker knows that it should stop.
//
// Called once, on the main thread, before any other thread exists (they inherit the signal mask).
#pragma once

#include "shared/unique_fd.hpp"

namespace hrn::runtime {

// PR_SET_PDEATHSIG SIGKILL, own process group, empty signal mask, SIGPIPE back to its default (which ends the
// worker: the only pipes it has lead to its supervisor). Throws std::system_error.
void become_worker_process();

// False if the supervisor died before become_worker_process() could ask to die with it.
[[nodiscard]] bool parent_is(int supervisor_pid);

// Blocks SIGTERM and SIGINT for all threads; they arrive at the returned descriptor (non-blocking) instead.
// Throws std::system_error.
[[nodiscard]] UniqueFd stop_signals_fd();
// True if one has arrived since the last call.
[[nodiscard]] bool stop_signal_arrived(int fd);

}  // namespace hrn::runtime
