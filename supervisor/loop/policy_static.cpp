#include "supervisor/loop/policy_static.hpp"

#include <algorithm>
#include <utility>

namespace hrn::supervisor {

void StaticPolicy::begin_round(std::span<const TaskId> arrivals, std::span<const WorkerLoad> workers) {
    std::vector<TaskId> tasks = std::exchange(unassigned_, {});
    for (auto share = shares_.begin(); share != shares_.end();) {
        const bool serves = std::any_of(workers.begin(), workers.end(), [&](const WorkerLoad& worker) {
            return worker.index == share->first && worker.will_serve;
        });
        if (serves) {
            ++share;
            continue;
        }
        tasks.insert(tasks.end(), share->second.begin(), share->second.end());
        assigned_.erase(share->first);
        share = shares_.erase(share);
    }
    tasks.insert(tasks.end(), arrivals.begin(), arrivals.end());
    if (!tasks.empty()) {
        split(tasks, workers);
    }
}

// In blocks, so that neighbours stay together; whoever was assigned least so far gets the first block, and
// the larger ones where the number does not divide.
void StaticPolicy::split(std::span<const TaskId> tasks, std::span<const WorkerLoad> workers) {
    std::vector<int> serving;
    std::size_t most = 0;
    for (const WorkerLoad& worker : workers) {
        if (worker.will_serve) {
            serving.push_back(worker.index);
            most = std::max(most, assigned_[worker.index]);
        }
    }
    if (serving.empty()) {
        unassigned_.assign(tasks.begin(), tasks.end());
        return;
    }
    // One that is new is not to be given all that the others had before.
    const std::size_t floor = most - std::min<std::size_t>(most, 1);
    for (const int worker : serving) {
        assigned_[worker] = std::max(assigned_[worker], floor);
    }
    std::stable_sort(serving.begin(), serving.end(),
                     [&](int a, int b) { return assigned_[a] < assigned_[b]; });
    std::size_t at = 0;
    for (std::size_t i = 0; i < serving.size(); ++i) {
        const std::size_t end = at + (tasks.size() - at + serving.size() - i - 1) / (serving.size() - i);
        auto& share = shares_[serving[i]];
        share.insert(share.end(), tasks.begin() + static_cast<std::ptrdiff_t>(at),
                     tasks.begin() + static_cast<std::ptrdiff_t>(end));
        assigned_[serving[i]] += end - at;
        at = end;
    }
}

std::optional<DispatchPolicy::Choice> StaticPolicy::choose(const TurnQueue& line,
                                                           std::span<const WorkerLoad> workers) {
    std::optional<std::size_t> best;
    for (std::size_t i = 0; i < workers.size(); ++i) {
        const WorkerLoad& worker = workers[i];
        const auto share = shares_.find(worker.index);
        if (share == shares_.end()) {
            continue;
        }
        while (!share->second.empty() && !line.contains(share->second.front())) {
            share->second.pop_front();  // given out, cancelled or held
        }
        if (!share->second.empty() && worker.room > 0 && (!best || worker.held < workers[*best].held)) {
            best = i;
        }
    }
    if (!best) {
        return std::nullopt;
    }
    return Choice{shares_.at(workers[*best].index).front(), *best};
}

}  // namespace hrn::supervisor
