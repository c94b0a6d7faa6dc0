// When a worker that died is started again (design.md 3.3, [restart]): exponential backoff with jitter,
// given up after max_failures within failure_window_s, then probed every probe_interval_s. One per worker
// slot.
//
// Pure: time comes in as an argument, the jitter from a seeded generator. Loop thread.
#pragma once

#include <cstdint>
#include <deque>
#include <random>

#include "shared/config.hpp"
#include "supervisor/workers/clock.hpp"

namespace hrn::supervisor {

class RestartPolicy {
public:
    explicit RestartPolicy(std::uint64_t seed) : random_(seed) {}

    // A death that is the device's, as far as known. The id names it for forgive(). Never 0.
    std::uint64_t record_failure(TimePoint now);
    // A task was convicted of that death (design.md 7): it no longer counts against the device.
    void forgive(std::uint64_t failure);
    // A task was computed: the device works. Ends probing and the run of failures that backoff grows with.
    void record_success();
    // Somebody said "start now": what happened before no longer counts.
    void reset();

    struct Decision {
        bool give_up = false;
        Duration delay{};  // before the next start, or the next probe
    };
    // What to do after a death; `permanent`: no restart will mend it, so only probes are left.
    [[nodiscard]] Decision decide(TimePoint now, const Config::Restart& settings, bool permanent);
    // The next start is a probe: its failure gives the device up again at once.
    void begin_probe() { probing_ = true; }
    [[nodiscard]] bool probing() const { return probing_; }
    [[nodiscard]] std::size_t failures_in_window(TimePoint now, const Config::Restart& settings);

private:
    struct Failure {
        std::uint64_t id = 0;
        TimePoint time;
    };
    [[nodiscard]] Duration with_jitter(Duration delay);

    std::deque<Failure> failures_;  // at most max_failures are of interest; older ones leave
    std::uint64_t last_id_ = 0;
    std::uint32_t in_a_row_ = 0;  // failures since the last computed task
    bool probing_ = false;
    std::mt19937_64 random_;
};

}  // namespace hrn::supervisor
