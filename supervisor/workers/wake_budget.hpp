// How often a worker may wake the loop (design.md 6: 1,000 times a second): a token bucket with room for a
// burst. Whoever wakes more often waits for the 100 ms tick, which looks at the rings anyway. Pure.
#pragma once

#include <algorithm>

#include "supervisor/workers/clock.hpp"

namespace hrn::supervisor {

class WakeBudget {
public:
    static constexpr double kPerSecond = 1000;
    static constexpr double kBurst = 200;

    // true: this wake-up is within the budget.
    [[nodiscard]] bool take(TimePoint now) {
        if (last_ != TimePoint{}) {
            tokens_ = std::min(kBurst, tokens_ + to_seconds(now - last_) * kPerSecond);
        }
        last_ = now;
        if (tokens_ < 1) {
            return false;
        }
        tokens_ -= 1;
        return true;
    }

private:
    double tokens_ = kBurst;
    TimePoint last_{};
};

}  // namespace hrn::supervisor
