// Who caused the death of a worker (design.md 7 "Deaths", docs/design/culprit.md). A pure function over what
// is known after the process was reaped and its reports were drained: no clock, no I/O, no state.
//
// What the supervisor's own table says is held decides who can be judged at all; what the dead worker's
// segment says only divides those into suspects and innocents. A lie in the segment can therefore blame a
// task that the worker held, never one that it did not hold.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "shared/error_code.hpp"
#include "shared/slots.hpp"

namespace hrn::supervisor {

// How the process ended, as waitid tells.
struct ExitStatus {
    bool signalled = false;
    int value = 0;  // exit status, or signal number
};

// Why the supervisor killed it, if it did.
enum class KillReason : std::uint8_t {
    none,
    requested,       // a command, a drain that took too long, the second SIGTERM
    load_timeout,    // not ready within load_timeout_s
    stage_timeout,   // a thread made no progress for stage_timeout_s
    task_timeout,    // one task took longer than task_timeout_s
    no_progress,     // holds tasks, no thread does anything, for stage_timeout_s
    protocol_error,  // nonsense in its segment
    memory_limit,    // above worker_max_rss_mb although it was told to recycle
};

struct Death {
    ExitStatus status;
    KillReason kill_reason = KillReason::none;
    std::string kill_text;            // one line, what was seen
    std::vector<int> hung_threads;    // of stage_timeout: indices into the segment's threads
    std::optional<TaskId> slow_task;  // of task_timeout
    std::optional<ErrorCode> fatal;   // its report `fatal`, if it managed to send one
    std::string fatal_text;
    bool killed_for_memory = false;    // oom_kill rose in the cgroup
    bool killed_from_outside = false;  // SIGKILL, and memory surely sufficed
    bool was_ready = false;            // had finished loading
    std::string start_error;           // it never ran: why

    // Held by the supervisor's table after every report that was left had been taken.
    struct Held {
        TaskId id;
        std::uint32_t attempt = 0;
        bool solo = false;     // was dispatched alone, as a suspect
        bool in_ring = false;  // by the order ring, the worker has not taken it yet
    };
    std::vector<Held> held;
    SegmentView segment;  // slots, threads and last words, read after that
};

struct Verdict {
    ErrorCode code = ErrorCode::worker_crashed;  // what the suspects' error record says
    std::string text;                            // one line for the operator
    int signal = 0;
    struct Suspect {
        TaskId id;
        std::string stage;  // "in infer", "" if unknown
        bool solo = false;  // it was alone, so it did it: the death is the task's, not the device's
    };
    std::vector<Suspect> suspects;
    std::vector<TaskId> innocents;
    bool accident = false;              // somebody else killed it: being near it hardly says anything
    bool counts_against_device = true;  // for restart intensity
    bool permanent = false;             // a restart mends nothing: down at once, probes only
    bool restart_at_once = false;       // ended on purpose: no backoff, nothing to complain about
};

[[nodiscard]] Verdict judge(const Death& death);

// "SIGSEGV (address 0x0) in thread 3", "exit status 70 (device_fatal): …", for logs and records.
[[nodiscard]] std::string death_text(const Death& death);

}  // namespace hrn::supervisor
