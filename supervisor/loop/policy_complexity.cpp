#include "supervisor/loop/policy_complexity.hpp"

#include <algorithm>
#include <limits>

namespace hrn::supervisor {

std::optional<DispatchPolicy::Choice> ComplexityPolicy::choose(const TurnQueue& line,
                                                               std::span<const WorkerLoad> workers) {
    const bool oldest = (given_ + 1) % kOldestEvery == 0;
    const std::optional<TaskId> task = line.next(oldest ? TurnQueue::Pick::oldest : TurnQueue::Pick::dearest);
    if (!task) {
        return std::nullopt;
    }
    // While there is plenty, every worker gets a batch in reserve: waiting for an order costs more than an
    // order that another one would have finished sooner. At the end it is the other way round.
    const std::size_t batches = line.size() > workers.size() ? 2 : 1;
    constexpr double kNever = std::numeric_limits<double>::infinity();
    std::optional<std::size_t> best, hungry;
    double soonest = kNever, soonest_full = kNever, soonest_hungry = kNever;
    for (std::size_t i = 0; i < workers.size(); ++i) {
        const WorkerLoad& worker = workers[i];
        if (worker.room == 0 && worker.held == 0) {
            continue;  // does not serve
        }
        const double finish = worker.backlog + costs_.seconds_on(worker.index, *task);
        if (worker.room == 0) {
            soonest_full = std::min(soonest_full, finish);
            continue;
        }
        if (finish < soonest) {
            soonest = finish;
            best = i;
        }
        if (worker.held < batches * worker.batch && finish < soonest_hungry) {
            soonest_hungry = finish;
            hungry = i;
        }
    }
    if (hungry) {
        best = hungry;
    } else if (soonest_full < soonest) {
        best.reset();  // all have enough to do until the full one has room
    }
    if (!best) {
        return std::nullopt;
    }
    ++given_;
    return Choice{*task, *best};
}

}  // namespace hrn::supervisor
