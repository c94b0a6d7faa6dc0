// "static": what lies in the line at a moment is split evenly, in its order, between the workers; each then
// has its share and gets no other's.
//
// Why: it is what a script with one list of files per GPU does, and the yardstick for the other two. It is
// right only where all devices are equally fast and all images equally dear; otherwise the others wait for
// the last one. What arrives later is split likewise, the shares staying equally long. A worker that stops
// serving for good (given up, drained) leaves its share to the others: nothing is ever stuck. Nothing is
// taken back from a worker, which would be another policy.
#pragma once

#include <deque>
#include <map>

#include "supervisor/loop/dispatch_policy.hpp"

namespace hrn::supervisor {

class StaticPolicy final : public DispatchPolicy {
public:
    [[nodiscard]] bool takes_back() const override { return false; }
    void begin_round(std::span<const TaskId> arrivals, std::span<const WorkerLoad> workers) override;
    [[nodiscard]] std::optional<Choice> choose(const TurnQueue& line,
                                               std::span<const WorkerLoad> workers) override;

private:
    void split(std::span<const TaskId> tasks, std::span<const WorkerLoad> workers);

    std::map<int, std::deque<TaskId>> shares_;  // by worker; tasks that left the line since are skipped
    std::map<int, std::size_t> assigned_;       // how many each was assigned so far
    std::vector<TaskId> unassigned_;            // no worker serves yet
};

}  // namespace hrn::supervisor
