// The bad deeds of a simulated worker, done for real: the process dies, hangs, grows, or scribbles over its
// own report segment.
//
// Called by stage threads of hrn-worker-sim only.
#pragma once

#include <cstddef>
#include <memory>
#include <mutex>
#include <vector>

#include "shared/segment.hpp"
#include "worker/runtime/sim/sim_plan.hpp"

namespace hrn::runtime::sim {

[[noreturn]] void crash();          // SIGSEGV by a real store
[[noreturn]] void hang_for_ever();  // the thread sleeps; signals that end the process still do
[[noreturn]] void exit_at_once(int status);
[[noreturn]] void overflow_stack();
void freeze_process();                                      // SIGSTOP to itself
void flood_with_wakes(int notify_fd, double milliseconds);  // as fast as it can
void write_to_stderr(double megabytes);                     // in lines
// Whoever holds the other ends of these pipes sees them closed; the numbers stay taken.
void close_pipes(int notify_fd);

// Nonsense of one kind, then a wake-up so that the supervisor looks at it, then time for it to react.
void write_garbage(ReportsSegment& segment, int notify_fd, Garbage kind, std::uint64_t seed);

// Memory that is touched and never given back while this object lives.
class Leak {
public:
    void grow(double megabytes);

private:
    std::mutex mutex_;
    std::vector<std::unique_ptr<std::byte[]>> blocks_;
};

}  // namespace hrn::runtime::sim
