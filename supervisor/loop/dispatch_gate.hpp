// May tasks be given to workers now? Closed by `pause`, by the service's end, by a disk that is full; after a
// worker met the machine's trouble (error class operator, design.md 8) it opens for one trial task at a time
// until one gets through. Pure; loop thread.
#pragma once

#include <algorithm>
#include <cstddef>
#include <optional>

#include "supervisor/workers/clock.hpp"

namespace hrn::supervisor {

class DispatchGate {
public:
    static constexpr auto kFirstTrial = std::chrono::seconds(2);
    static constexpr auto kLongestTrial = std::chrono::seconds(30);

    void set_recovered() { recovered_ = true; }
    void set_paused(bool paused) { paused_ = paused; }
    void set_stopping() { stopping_ = true; }
    void set_storage_trouble(bool trouble) { storage_trouble_ = trouble; }

    // A task came back because of the machine. Trials become rarer while it lasts.
    void trouble(TimePoint now) {
        interval_ = trial_at_ ? std::min<Duration>(interval_ * 2, kLongestTrial) : Duration(kFirstTrial);
        trial_at_ = now + interval_;
    }
    void trouble_over() { trial_at_.reset(); }
    [[nodiscard]] bool in_trouble() const { return trial_at_.has_value(); }

    // How many tasks may be given out now, while `running` are out.
    [[nodiscard]] std::size_t allowance(TimePoint now, std::size_t running) const {
        if (!recovered_ || paused_ || stopping_ || storage_trouble_) {
            return 0;
        }
        if (trial_at_) {
            return now >= *trial_at_ && running == 0 ? 1 : 0;
        }
        return static_cast<std::size_t>(-1);
    }

private:
    bool recovered_ = false, paused_ = false, stopping_ = false, storage_trouble_ = false;
    std::optional<TimePoint> trial_at_;
    Duration interval_{};
};

}  // namespace hrn::supervisor
