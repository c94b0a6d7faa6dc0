// Waiting for tasks. Asks the supervisor again and again (its answers are held), so a supervisor that is
// restarted in between costs nothing: for at most kReconnectPatience without an answer the wait goes on.
#pragma once

#include <chrono>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "supervisor/ctl/console.hpp"
#include "supervisor/ctl/exit_status.hpp"

namespace hrn::ctl {

inline constexpr std::chrono::seconds kReconnectPatience{60};

struct WaitRequest {
    std::string socket;
    std::vector<std::string> ids;  // empty: everything
    std::optional<std::chrono::steady_clock::time_point> deadline;
};

struct WaitResult {
    bool finished = false;  // false: the deadline came first
    std::uint64_t done = 0, failed = 0, quarantined = 0;
    // With ids: the last state of each, [{id, path, state}]. Without: empty.
    std::vector<nlohmann::json> tasks;
};

// Throws NoSupervisor if none answers at the start, or for too long later; RequestFailed.
[[nodiscard]] WaitResult wait_for_tasks(const WaitRequest& request, const Console& console);
[[nodiscard]] Exit exit_of(const WaitResult& result);
// Prints the result, as text or as JSON, and says how to end.
[[nodiscard]] Exit report_wait(const WaitResult& result, bool json, const Console& console);
[[nodiscard]] nlohmann::json wait_json(const WaitResult& result);

}  // namespace hrn::ctl
