// Every claimed and unfinished task as the loop sees it: its phase, its suspicions, whose turn it is. Bounded
// by [spool] active_limit. The durable half of a task is the storage thread's; nothing here survives a
// restart, and nothing needs to.
//
// Pure bookkeeping: no clock of its own, no I/O. Loop thread. Asking for a task that is not here gives
// nullptr; a change that does not fit its phase is a bug and throws std::logic_error.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <unordered_map>
#include <vector>

#include "supervisor/loop/estimate.hpp"
#include "supervisor/loop/statistics.hpp"
#include "supervisor/loop/turn_queue.hpp"
#include "supervisor/storage/storage.hpp"
#include "supervisor/workers/clock.hpp"

namespace hrn::supervisor {

enum class TaskPhase : std::uint8_t {
    queued,      // may be given to a worker (unless held)
    resting,     // an attempt failed; queued again once its backoff is over
    committing,  // a suspect: its attempt is becoming durable, then it is given to a worker alone
    running,     // a worker holds it
    finishing,   // reported or given up; storage makes that durable
};

// A death that a task may have caused and has not been charged for yet (design.md 7).
struct Suspicion {
    int worker = -1;
    std::uint64_t failure = 0;  // of that worker's restart policy; 0: did not count there
};

struct TaskEntry {
    QueuedTask task;  // attempts: charged so far
    TaskPhase phase = TaskPhase::queued;
    bool suspect = false;  // runs alone
    int worker = -1;       // that holds it, or held it last
    TimePoint given{};
    std::vector<Suspicion> suspicions;
    std::vector<TaskError> unrecorded;  // errors of those deaths, not in the store yet
    std::uint32_t accidents = 0;        // deaths by a SIGKILL from outside in which it was in a stage
    bool cancelled = false;             // its result is dropped
    TaskRun run;                        // of its last run that was reported
    bool bumped = false;                // a command put it before all others
    Estimate estimate;                  // of its cost; what is known so far
    double cost = 0;                    // the same as one number, for the order of the dearest

    // The number that its next or present attempt has.
    [[nodiscard]] std::uint32_t attempt() const { return task.attempts + 1; }
};

class TaskTable {
public:
    // A task that storage announced. One that is here already is left as it is: false.
    bool add(const QueuedTask& task, bool suspect);
    [[nodiscard]] TaskEntry* find(const TaskId& id);
    [[nodiscard]] const TaskEntry* find(const TaskId& id) const;
    void erase(const TaskId& id);
    // New order and held of a task, by a command.
    void change(const QueuedTask& task);

    // The next task in turn: not held, not a suspect; nullptr if there is none.
    [[nodiscard]] TaskEntry* next();
    // The line of those that may be given out, except suspects.
    [[nodiscard]] const TurnQueue& turns() const { return turns_; }
    [[nodiscard]] std::vector<TaskId> take_arrivals() { return turns_.take_arrivals(); }
    void set_classes(const std::vector<FolderClass>& classes) { turns_.set_classes(classes); }
    // Its place among the dearest; `cost` in any unit that is the same for all.
    void set_cost(TaskEntry& entry, double cost) {
        entry.cost = cost;
        turns_.set_cost(entry.task.id, cost);
    }
    [[nodiscard]] TaskEntry* next_suspect();
    void set_suspect(TaskEntry& entry, bool suspect);

    void start_committing(TaskEntry& entry);
    void start_running(TaskEntry& entry, int worker, TimePoint now);
    void start_finishing(TaskEntry& entry);
    void requeue(TaskEntry& entry);
    void rest(TaskEntry& entry, TimePoint until);
    // Queues again what has rested enough; true if there was any.
    bool wake_rested(TimePoint now);

    [[nodiscard]] std::size_t size() const { return entries_.size(); }
    // Running or finishing: what `status` calls running.
    [[nodiscard]] std::size_t running() const { return running_; }
    [[nodiscard]] std::size_t queued() const { return entries_.size() - running_; }
    [[nodiscard]] std::size_t held() const { return held_; }
    [[nodiscard]] std::size_t finishing() const { return finishing_; }
    // Ids of the running ones, newest first.
    [[nodiscard]] std::vector<TaskId> running_ids() const;
    [[nodiscard]] bool any_suspect() const { return !suspects_.empty(); }
    // A suspect is committing or runs alone.
    [[nodiscard]] bool solo_under_way() const { return solo_ > 0; }

private:
    using Turn = std::pair<std::int64_t, TaskId>;
    static Turn turn_of(const TaskEntry& entry) { return {entry.task.order, entry.task.id}; }
    // Puts the entry into, or takes it out of, the set of those whose turn can come.
    void list(const TaskEntry& entry);
    void unlist(const TaskEntry& entry);
    void set_phase(TaskEntry& entry, TaskPhase phase);

    std::unordered_map<TaskId, TaskEntry, TaskIdHash> entries_;
    TurnQueue turns_;
    std::set<Turn> suspects_;
    std::multimap<TimePoint, TaskId> resting_;
    std::size_t running_ = 0, finishing_ = 0, held_ = 0, solo_ = 0;
};

}  // namespace hrn::supervisor
