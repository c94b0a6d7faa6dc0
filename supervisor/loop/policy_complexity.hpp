// "complexity": the dearest task goes to the worker that would finish it first.
//
// Why: long tasks that begin last make everybody wait for one device. Sorted from dear to cheap and given
// greedily to the least loaded device (LPT), the last ones are the cheapest and the ends differ by little.
// What a task costs is an estimate, corrected as measured times come in (cost_book.hpp); what a device that
// falls behind has not begun is taken back (recall.hpp).
//
// A worker that holds less than a batch (less than two while the line is long) comes before all others, so
// that none is idle, and so that what was taken back for it does not go elsewhere. One that has enough to do
// is not given a task that another one, though full just now, would finish sooner. Every kOldestEvery-th task
// is the oldest in line instead of the dearest, so that a cheap image waits at most kOldestEvery times its
// place.
#pragma once

#include "supervisor/loop/dispatch_policy.hpp"

namespace hrn::supervisor {

class ComplexityPolicy final : public DispatchPolicy {
public:
    static constexpr unsigned kOldestEvery = 8;

    explicit ComplexityPolicy(const CostSource& costs) : costs_(costs) {}
    [[nodiscard]] bool uses_costs() const override { return true; }
    [[nodiscard]] std::optional<Choice> choose(const TurnQueue& line,
                                               std::span<const WorkerLoad> workers) override;

private:
    const CostSource& costs_;
    unsigned given_ = 0;
};

}  // namespace hrn::supervisor
