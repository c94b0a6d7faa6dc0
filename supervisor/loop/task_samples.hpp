// The last runs of tasks, one small entry each, for `stats --since T`: exact figures over any recent span, in
// bounded memory. Loop thread; pure.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>

#include "shared/stage.hpp"
#include "supervisor/workers/clock.hpp"

namespace hrn::supervisor {

struct TaskSample {
    TimePoint time;  // when it ended
    std::int32_t worker = -1;
    bool done = false;  // else failed
    std::uint32_t batch = 1;
    std::array<float, kStageCount> stage_seconds{};
};

class TaskSamples {
public:
    static constexpr std::size_t kKept = 20000;

    void add(const TaskSample& sample) {
        if (samples_.size() == kKept) {
            lost_before_ = samples_.front().time;
            samples_.pop_front();
        }
        samples_.push_back(sample);
    }
    [[nodiscard]] const std::deque<TaskSample>& all() const { return samples_; }
    // Nothing older than this is complete; nothing: all since the start are here.
    [[nodiscard]] std::optional<TimePoint> lost_before() const { return lost_before_; }

private:
    std::deque<TaskSample> samples_;
    std::optional<TimePoint> lost_before_;
};

}  // namespace hrn::supervisor
