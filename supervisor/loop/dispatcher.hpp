// Gives tasks to workers: the next in turn to whom the policy chooses, and suspects alone, one at a time, to
// one worker that gets nothing else meanwhile (design.md 7). Loop thread.
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

class Dispatcher {
public:
    // Makes the attempt `entry.attempt()` and the errors in `entry.unrecorded` durable.
    using Commit = std::function<void(TaskEntry& entry)>;
    // A task was given to a worker.
    using Started = std::function<void(const TaskEntry& entry)>;

    Dispatcher(TaskTable& table, DispatchGate& gate, Commit commit, Started started);

    void set_policy(const std::string& name) { policy_ = make_policy(name); }
    void set_workers(std::vector<WorkerPort*> workers) { workers_ = std::move(workers); }

    // Gives out what can be given out now.
    void run(TimePoint now);
    void attempt_committed(const TaskId& id, TimePoint now);
    // The worker that is kept free for suspects, -1 if none.
    [[nodiscard]] int reserved() const { return reserved_; }

private:
    void give_suspect();
    [[nodiscard]] WorkerPort* reserve_worker();
    [[nodiscard]] WorkerPort* find(int index) const;

    TaskTable& table_;
    DispatchGate& gate_;
    Commit commit_;
    Started started_;
    std::unique_ptr<DispatchPolicy> policy_ = make_policy("dynamic");
    std::vector<WorkerPort*> workers_;
    std::vector<WorkerLoad> loads_;  // scratch of run()
    int reserved_ = -1;
};

}  // namespace hrn::supervisor
