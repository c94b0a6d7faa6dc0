// Gives tasks to workers: the next in turn to whom the policy chooses, and suspects alone, one at a time, to
// one worker that gets nothing else meanwhile (design.md 7). When nothing is left to give, workers that hold
// too much are asked to give back what they have not begun. Loop thread.
//
// A suspect's attempt is made durable before it is handed over: ask `commit`, then call attempt_committed().
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "supervisor/loop/dispatch_gate.hpp"
#include "supervisor/loop/dispatch_policy.hpp"
#include "supervisor/loop/task_table.hpp"
#include "supervisor/workers/worker_port.hpp"

namespace hrn::supervisor {

class Dispatcher final : private CostSource {
public:
    // Makes the attempt `entry.attempt()` and the errors in `entry.unrecorded` durable.
    using Commit = std::function<void(TaskEntry& entry)>;
    // A task was given to a worker.
    using Started = std::function<void(const TaskEntry& entry)>;

    // `costs` is filled by whoever measures; it outlives the dispatcher.
    Dispatcher(TaskTable& table, const CostBook& costs, DispatchGate& gate, Commit commit, Started started);

    // By the name in the configuration; what is in the line then is the new policy's first arrival.
    void set_policy(const std::string& name);
    [[nodiscard]] const std::string& policy() const { return policy_name_; }
    [[nodiscard]] bool wants_estimates() const { return policy_->uses_costs(); }
    void set_workers(std::vector<WorkerPort*> workers) { workers_ = std::move(workers); }

    // Gives out what can be given out now.
    void run(TimePoint now);
    void attempt_committed(const TaskId& id, TimePoint now);
    // The worker that is kept free for suspects, -1 if none.
    [[nodiscard]] int reserved() const { return reserved_; }

private:
    [[nodiscard]] double seconds_on(int worker, const TaskId& task) const override;
    [[nodiscard]] double backlog_of(const WorkerPort& worker, TimePoint now) const;
    void look_at_loads(TimePoint now);
    void give_in_turn(std::size_t allowance, TimePoint now);
    void take_back(TimePoint now);
    void give_suspect();
    [[nodiscard]] WorkerPort* reserve_worker();
    [[nodiscard]] WorkerPort* find(int index) const;

    TaskTable& table_;
    const CostBook& costs_;
    DispatchGate& gate_;
    Commit commit_;
    Started started_;
    std::string policy_name_;
    std::unique_ptr<DispatchPolicy> policy_;
    bool new_policy_ = true;
    std::vector<WorkerPort*> workers_;
    std::vector<WorkerLoad> loads_;     // of this round, without the reserved worker
    std::vector<WorkerPort*> by_load_;  // the worker of each of them
    int reserved_ = -1;
};

}  // namespace hrn::supervisor
