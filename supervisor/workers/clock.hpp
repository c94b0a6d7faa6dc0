// The supervisor's own clock for time-outs, backoffs and durations: monotonic, never the wall clock. Pure
// parts take `now` as an argument, so tests turn it by hand.
#pragma once

#include <chrono>

namespace hrn::supervisor {

using Clock = std::chrono::steady_clock;
using TimePoint = Clock::time_point;
using Duration = Clock::duration;

[[nodiscard]] inline Duration from_seconds(double seconds) {
    return std::chrono::duration_cast<Duration>(std::chrono::duration<double>(seconds));
}
[[nodiscard]] inline double to_seconds(Duration duration) {
    return std::chrono::duration<double>(duration).count();
}

}  // namespace hrn::supervisor
