#include "supervisor/loop/policy_dynamic.hpp"

namespace hrn::supervisor {

std::optional<DispatchPolicy::Choice> DynamicPolicy::choose(const TurnQueue& line,
                                                            std::span<const WorkerLoad> workers) {
    std::optional<std::size_t> best;
    for (std::size_t i = 0; i < workers.size(); ++i) {
        const std::size_t position = (cursor_ + i) % workers.size();
        if (workers[position].room > 0 && (!best || workers[position].held < workers[*best].held)) {
            best = position;
        }
    }
    const std::optional<TaskId> task = line.next(TurnQueue::Pick::oldest);
    if (!best || !task) {
        return std::nullopt;
    }
    cursor_ = (*best + 1) % workers.size();
    return Choice{*task, *best};
}

}  // namespace hrn::supervisor
