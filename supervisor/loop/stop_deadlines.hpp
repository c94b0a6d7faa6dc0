// How long a stop may take, in the order of its steps (supervisor_stop.cpp). All of it together stays below
// TimeoutStopSec of systemd/hrn.service.in: whoever is killed there loses nothing, but what was running is
// computed again. Pure; seconds and limits come in as arguments.
#pragma once

#include <algorithm>

#include "shared/config.hpp"
#include "supervisor/workers/clock.hpp"

namespace hrn::supervisor {

// Running tasks are finished, for so long at most; a task may be allowed more, a stop is not.
inline constexpr auto kStopPatience = std::chrono::seconds(90);
// After SIGKILL to the workers, which takes effect at once unless a process sits in the kernel.
inline constexpr auto kHardStop = std::chrono::seconds(2);
// How long finished tasks may take to become durable, once no worker is left.
inline constexpr auto kSettling = std::chrono::seconds(10);

// Until workers are told to end without finishing what they hold. A task that is too slow anyway is noticed
// and killed before.
[[nodiscard]] inline Duration drain_time(const Config::Limits& limits) {
    const Duration slowest_task = from_seconds(limits.task_timeout_s + limits.kill_timeout_s);
    return std::min<Duration>(slowest_task, kStopPatience);
}
// From then on until the service ends without those that do not die.
[[nodiscard]] inline Duration killing_time(const Config::Limits& limits) {
    return from_seconds(limits.kill_timeout_s) + kHardStop;
}
[[nodiscard]] inline Duration longest_stop(const Config::Limits& limits) {
    return drain_time(limits) + killing_time(limits) + kSettling;
}

}  // namespace hrn::supervisor
