// Birth and death of one process of ours, a worker (design.md 7) or a hook: starting it, signalling it,
// reaping it. Mechanism only; who is started and when is decided elsewhere.
//
// Main thread only: a child dies with the thread that made it (PR_SET_PDEATHSIG). Signals go through the
// pidfd, and only waitid on the pidfd reaps, so a pid that was given to somebody else is never hit.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "shared/unique_fd.hpp"
#include "supervisor/workers/culprit.hpp"

namespace hrn::supervisor {

struct ProcessSpec {
    std::string program;  // absolute
    std::vector<std::string> arguments;
    // Set beside the supervisor's own environment, of which what is only the supervisor's (NOTIFY_SOCKET,
    // WATCHDOG_*, LISTEN_*) is left out.
    std::vector<std::pair<std::string, std::string>> environment;
    int input_fd = -1;           // becomes its stdin; -1: /dev/null
    int output_fd = -1;          // becomes its stdout and stderr
    int oom_score_adjust = 500;  // before the supervisor, if memory runs out
};

class WorkerProcess {
public:
    WorkerProcess() = default;
    // Descriptors named in `arguments` must be inheritable by then. Throws std::runtime_error with one line.
    [[nodiscard]] static WorkerProcess start(const ProcessSpec& spec);
    WorkerProcess(WorkerProcess&&) noexcept = default;
    WorkerProcess& operator=(WorkerProcess&&) noexcept = default;
    // Kills and reaps what still runs, so no child is ever left behind.
    ~WorkerProcess();

    [[nodiscard]] bool running() const { return static_cast<bool>(pidfd_); }
    [[nodiscard]] pid_t pid() const { return pid_; }
    [[nodiscard]] int pidfd() const { return pidfd_.get(); }  // readable once it is dead
    void signal(int number);
    // Signals the worker's whole process group, so that children of a worker do not outlive it.
    void signal_group(int number);
    [[nodiscard]] bool dead() const;  // it has ended and waits to be reaped
    // Nothing while it lives. Kills what is left of its group first. Afterwards running() is false and the
    // pidfd closed: whoever watches it must have gone.
    [[nodiscard]] std::optional<ExitStatus> reap();

private:
    WorkerProcess(pid_t pid, UniqueFd pidfd) : pid_(pid), pidfd_(std::move(pidfd)) {}

    pid_t pid_ = -1;
    UniqueFd pidfd_;
};

// A duplicate at or above 64 that the next exec inherits; the original stays close-on-exec.
// Throws std::system_error.
[[nodiscard]] UniqueFd inheritable(int fd);

// Resident memory in bytes, 0 if the process is gone.
[[nodiscard]] std::uint64_t resident_bytes(pid_t pid);

}  // namespace hrn::supervisor
