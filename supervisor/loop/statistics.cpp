#include "supervisor/loop/statistics.hpp"

#include <algorithm>
#include <numeric>

namespace hrn::supervisor {
namespace {

std::int64_t second_of(TimePoint time) {
    return std::chrono::duration_cast<std::chrono::seconds>(time.time_since_epoch()).count();
}

}  // namespace

float TaskRun::computing() const {
    return std::accumulate(stage_seconds.begin(), stage_seconds.end(), 0.0F);
}

void Statistics::task_done(int worker, const std::string& device, const TaskRun& run, TimePoint now) {
    const auto add = [&](Counts& counts) {
        ++counts.completed;
        counts.total_seconds += static_cast<double>(run.computing());
    };
    if (worker >= 0) {
        workers_.resize(std::max(workers_.size(), static_cast<std::size_t>(worker) + 1));
        add(workers_[static_cast<std::size_t>(worker)]);
    }
    add(device_counts_[device]);
    DeviceStages& stages = devices_[device];
    for (std::size_t i = 0; i < stages.stages.size(); ++i) {
        stages.stages[i].add(static_cast<double>(run.stage_seconds[i]));
    }
    stages.total.add(static_cast<double>(run.computing()));
    samples_.add({now, worker, true, run.batch, run.stage_seconds});
    ++completed_;
    const std::int64_t number = second_of(now);
    Second& second = seconds_[static_cast<std::size_t>(number) % seconds_.size()];
    if (second.number != number) {
        second = {number, 0};
    }
    ++second.done;
}

void Statistics::task_failed(int worker, const std::string& device, TimePoint now) {
    ++failed_;
    if (worker < 0) {
        return;
    }
    workers_.resize(std::max(workers_.size(), static_cast<std::size_t>(worker) + 1));
    ++workers_[static_cast<std::size_t>(worker)].failed;
    ++device_counts_[device].failed;
    samples_.add({now, worker, false, 1, {}});
}

const Statistics::Counts& Statistics::worker(int index) const {
    static const Counts kNone{};
    return index >= 0 && static_cast<std::size_t>(index) < workers_.size()
               ? workers_[static_cast<std::size_t>(index)]
               : kNone;
}

const Statistics::Counts& Statistics::device(const std::string& device) const {
    static const Counts kNone{};
    const auto found = device_counts_.find(device);
    return found == device_counts_.end() ? kNone : found->second;
}

Statistics::Throughput Statistics::throughput(TimePoint started, TimePoint now) const {
    const std::int64_t last = second_of(now);
    std::uint64_t done = 0;
    for (const Second& second : seconds_) {
        // The present second is not over yet; it would lower the figure.
        if (second.number >= 0 && second.number < last && second.number >= last - kThroughputWindow) {
            done += second.done;
        }
    }
    const double window =
        static_cast<double>(std::min<std::int64_t>(kThroughputWindow, last - second_of(started)));
    return {window > 0 ? static_cast<double>(done) / window : 0, window};
}

}  // namespace hrn::supervisor
