// What is shown in `workers`, `stats` and the metrics page: counters since the service's start, and per
// device how long each stage took (design.md 3.6). Loop thread; bounded memory; pure (time comes in).
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "shared/stage.hpp"
#include "supervisor/loop/duration_histogram.hpp"
#include "supervisor/loop/task_samples.hpp"
#include "supervisor/workers/clock.hpp"

namespace hrn::supervisor {

// One task's run: seconds in each stage (not waiting), and from dispatch to report.
struct TaskRun {
    std::array<float, kStageCount> stage_seconds{};
    float seconds = 0;
    std::uint32_t batch = 1;                // images that shared the time in infer
    [[nodiscard]] float computing() const;  // the stages together
};

class Statistics {
public:
    struct Counts {
        std::uint64_t completed = 0, failed = 0;
        double total_seconds = 0;  // the stages together, of the completed ones
        [[nodiscard]] double mean_seconds() const {
            return completed > 0 ? total_seconds / static_cast<double>(completed) : 0;
        }
    };
    struct DeviceStages {
        std::array<DurationHistogram, kStageCount> stages;
        DurationHistogram total;  // the stages together
    };

    // A task ended durably. worker -1: it never ran.
    void task_done(int worker, const std::string& device, const TaskRun& run, TimePoint now);
    void task_failed(int worker, const std::string& device, TimePoint now);
    void worker_died() { ++deaths_; }

    [[nodiscard]] const Counts& worker(int index) const;
    [[nodiscard]] const std::map<std::string, DeviceStages>& devices() const { return devices_; }
    [[nodiscard]] const Counts& device(const std::string& device) const;
    [[nodiscard]] const TaskSamples& samples() const { return samples_; }
    [[nodiscard]] std::uint64_t completed() const { return completed_; }
    [[nodiscard]] std::uint64_t failed() const { return failed_; }
    [[nodiscard]] std::uint64_t deaths() const { return deaths_; }

    static constexpr int kThroughputWindow = 60;  // seconds
    struct Throughput {
        double per_second = 0;
        double window_seconds = 0;
    };
    // Done tasks in the last minute, or since `started` if that is shorter.
    [[nodiscard]] Throughput throughput(TimePoint started, TimePoint now) const;

private:
    std::vector<Counts> workers_;
    std::map<std::string, Counts> device_counts_;
    std::map<std::string, DeviceStages> devices_;
    TaskSamples samples_;
    std::uint64_t completed_ = 0, failed_ = 0, deaths_ = 0;
    // Done tasks by second, in a ring over the second's number.
    struct Second {
        std::int64_t number = -1;
        std::uint32_t done = 0;
    };
    std::array<Second, kThroughputWindow + 1> seconds_{};
};

}  // namespace hrn::supervisor
