// What a simulated worker does with a task, drawn from the [simulated] keys. The same seed, worker and task
// give the same plan on every machine; a further attempt draws its accidents anew.
//
// Pure functions, any thread.
#pragma once

#include <cstdint>

#include "shared/config.hpp"
#include "shared/task_id.hpp"

namespace hrn::runtime::sim {

// A stream of numbers (splitmix64): small, and unlike std:: distributions the same with every library.
class SimRandom {
public:
    explicit SimRandom(std::uint64_t state) : state_(state) {}
    [[nodiscard]] std::uint64_t next();
    [[nodiscard]] double uniform();  // [0, 1)
    [[nodiscard]] double normal();   // mean 0, deviation 1

private:
    std::uint64_t state_;
};

enum class Garbage : std::uint8_t {
    report_index,
    order_index,
    records,
    slots,
    header,
    counters,
    threads,
    last_words,
    foreign  // a sound report about a task that this worker does not hold
};
inline constexpr int kGarbageKinds = 9;

struct SimPlan {
    double service_ms = 0;  // of this worker: its speed is in it
    double work_ms = 0;     // of a worker of speed 1
    bool crash = false;     // half-way through, by SIGSEGV
    bool abort = false;     // half-way through, by SIGABRT
    bool hang = false;      // half-way through, for ever
    bool garbage = false;   // into its report segment
    Garbage garbage_kind = Garbage::report_index;
};

// Time: mean service_ms whatever the distribution, the task's own, divided by the worker's speed
// (speeds[worker], 1 where the list ends). Accidents: each with its rate; crash comes as SIGSEGV or SIGABRT.
[[nodiscard]] SimPlan plan_task(const Config::Simulated& simulated, int worker, const TaskId& id,
                                std::uint32_t attempt);

// What an estimator would say of the task: work_ms, times a lognormal error of median 1 whose logarithm has
// the standard deviation estimate_noise.
[[nodiscard]] double estimated_ms(const Config::Simulated& simulated, const TaskId& id);

}  // namespace hrn::runtime::sim
