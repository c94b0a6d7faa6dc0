// A pipe that says "look at your ring" (design.md 6). Not an eventfd: its flags would be shared with the
// worker, which could make the supervisor block. Both ends are non-blocking and close-on-exec; EAGAIN on
// writing means that the reader is awake already; EOF on reading means that the other side is gone.
#pragma once

#include "shared/unique_fd.hpp"

namespace hrn {

struct WakePipe {
    UniqueFd read_end;
    UniqueFd write_end;
    [[nodiscard]] static WakePipe make();  // throws std::system_error
};

// One byte into the pipe. false: nobody will ever read it (EPIPE; the process must ignore SIGPIPE to see it).
// Throws std::system_error otherwise.
[[nodiscard]] bool wake(int write_fd);
enum class WakeState : unsigned char { woken, nothing, closed };
// Empties the pipe (at most 64 KiB a call). closed: the writer is gone and nothing is left.
[[nodiscard]] WakeState drain_wake(int read_fd);

}  // namespace hrn
