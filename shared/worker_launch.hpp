// How a supervisor starts a worker: the arguments, the inherited descriptors and the exit statuses that both
// agree on (design.md 7). The supervisor writes the arguments (arguments_of), the worker reads them (parse).
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "shared/error_code.hpp"

namespace hrn {

// What a worker process does with its orders.
enum class WorkerRole : std::uint8_t {
    compute,   // reconstructs faces
    estimate,  // judges how dear images will be (policy complexity); needs no device
};

struct WorkerLaunch {
    WorkerRole role = WorkerRole::compute;
    int index = 0;                 // of the worker in this supervisor
    std::uint64_t generation = 0;  // 64 random bits per worker start
    std::string device;            // "cpu", "0", "GPU-<uuid>", "MIG-<uuid>": as configured or resolved
    int supervisor_pid = 0;        // the worker exits if this is not its parent
    int orders_fd = -1;
    int reports_fd = -1;
    int config_fd = -1;
    int wake_fd = -1;    // read end: look at the order ring
    int notify_fd = -1;  // write end: look at the report ring
    int lock_fd = -1;    // the device's lock, held by being open
};

[[nodiscard]] std::vector<std::string> arguments_of(const WorkerLaunch& launch);
// Throws std::invalid_argument naming the argument.
[[nodiscard]] WorkerLaunch parse_worker_arguments(std::span<const char* const> arguments);
[[nodiscard]] std::string generation_text(std::uint64_t generation);  // 16 hex digits: the folder below .tmp/
[[nodiscard]] std::optional<std::uint64_t> parse_generation(std::string_view text);

// Exit statuses of a worker; the supervisor's reaction stands in the table (worker_launch.cpp).
enum class WorkerExit : int {
    ok = 0,             // drained
    usage = 2,          // started wrongly: a bug
    not_started = 69,   // no memory, no descriptor, no thread: a later start may get them
    device_fatal = 70,  // sticky device error: restart
    device_lost = 71,   // the device is not there
    protocol = 72,      // the supervisor's segment made no sense
    recycled = 75,      // worker_max_tasks or worker_max_rss_mb reached: restart at once, no failure
    model = 78,         // cannot load the model: restarting will not help until it is mended
};
struct WorkerExitRow {
    WorkerExit status;
    std::string_view name;
    std::string_view sentence;
    bool counts_as_failure;  // for restart intensity
    bool permanent;          // device goes down at once
};
[[nodiscard]] std::span<const WorkerExitRow> worker_exit_table();
[[nodiscard]] const WorkerExitRow* find_worker_exit(int status);

}  // namespace hrn
