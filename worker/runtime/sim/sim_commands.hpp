// The small language in which a file tells hrn-worker-sim how to behave. The sim takes any bytes for an
// image; leading lines that begin with "hrn-sim: " are commands, the first other line ends them:
//
//   hrn-sim: ACTION [ARGUMENT] [in STAGE] [first N]
//
//   crash              a store to address 0: SIGSEGV
//   abort              SIGABRT
//   exit STATUS        the process ends with that status
//   overflow           a recursion without end: the stack runs out
//   hang               the stage never ends
//   freeze             SIGSTOP: no thread of the process goes on, its ring is not drained
//   slow MS            the stage takes that much longer
//   fail CODE          the task fails with that code of the error list (shared/error_code.hpp);
//                      "fail" may be left out: "hrn-sim: no_face"
//   throw              an exception that nobody expects
//   oom                std::bad_alloc
//   device_oom         the batch does not fit into the device's memory
//   device_fatal       in infer: the device is lost for good, the worker reports that and ends with status 70
//   device_fits N      batches of more than N images do not fit into the device's memory
//   leak MB            hold that much memory for ever
//   flood MS           wakes the supervisor as fast as it can for so long
//   chatter MB         writes that much to standard error
//   close_pipes        closes its wake-up pipe, standard output and standard error, and goes on
//   escape WAY [PATH]  does what a worker may not, and the task fails with permission_denied and errno if it
//   was
//                      refused; WAY: read, write, change, control or run PATH, or connect, fork, signal,
//                      trace (escape.hpp)
//   garbage KIND       nonsense in the report segment; KIND: report_index, order_index, records, slots,
//   header,
//                      counters, threads, last_words or foreign (a sound report about somebody else's task)
//
// STAGE is decode, infer (the default) or write. "first N": in attempts 1 to N only, so that a later attempt
// succeeds. Several lines are obeyed from top to bottom.
//
// Pure functions, any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "shared/error_code.hpp"
#include "shared/stage.hpp"
#include "worker/runtime/sim/escape.hpp"
#include "worker/runtime/sim/sim_plan.hpp"

namespace hrn::runtime::sim {

// Commands are looked for in this much of a file.
inline constexpr std::size_t kCommandBytes = 4096;

enum class Action : std::uint8_t {
    crash,
    abort,
    overflow,
    exit,
    hang,
    freeze,
    slow,
    oom,
    device_oom,
    device_fits,
    device_fatal,
    leak,
    flood,
    chatter,
    close_pipes,
    garbage,
    escape,
    unexpected,  // "throw"
    fail         // a CODE
};

struct SimCommand {
    Action action = Action::slow;
    Stage stage = Stage::infer;
    std::uint32_t attempts = 0;  // only in attempts 1..attempts; 0: in all
    double number = 0;           // status, milliseconds, megabytes, images
    Garbage garbage = Garbage::report_index;
    ErrorCode code = ErrorCode::none;
    Escape escape = Escape::read;
    std::string path;  // of an escape; without blanks
};

// Throws TaskFailed (unreadable_image) for a line that is not understood, naming it.
[[nodiscard]] std::vector<SimCommand> parse_commands(std::span<const std::byte> file);

}  // namespace hrn::runtime::sim
