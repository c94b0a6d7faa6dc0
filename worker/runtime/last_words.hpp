// The last words of a worker that dies by a fatal signal (design.md 7): which signal, at which address, in
// which stage thread, written into the reports segment before the process ends as the signal wants it to.
// With them the supervisor suspects one thread's tasks only.
//
// install_last_words() once, on the main thread, before others start; every thread that takes part in stages
// holds an AlternateStack for as long as it runs, so that an overflowing stack can be told too. The handler
// uses plain stores and system calls that are async-signal-safe, nothing else.
#pragma once

#include <cstddef>
#include <memory>

#include "shared/segment.hpp"

namespace hrn::runtime {

// For SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT and SIGSYS. `segment` must stay mapped until the process ends.
// Throws std::system_error.
void install_last_words(ReportsSegment* segment);

// A signal stack for the calling thread; made and destroyed on it. Throws std::system_error.
class AlternateStack {
public:
    AlternateStack();
    ~AlternateStack();
    AlternateStack(const AlternateStack&) = delete;
    AlternateStack& operator=(const AlternateStack&) = delete;

private:
    std::unique_ptr<std::byte[]> memory_;
};

}  // namespace hrn::runtime
