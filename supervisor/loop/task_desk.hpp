// Decides what becomes of a task: after a report, after a worker's death, after storage's answers (design.md
// 4, 7, 8). Policy only: who gets the next task is the dispatcher's, how a death is judged culprit.cpp's,
// what is durable storage's.
//
// Loop thread. Everything it needs from outside stands in TaskDeskPorts, so tests drive it without threads,
// processes or disks.
#pragma once

#include <functional>
#include <string>

#include "shared/config.hpp"
#include "supervisor/loop/event_sink.hpp"
#include "supervisor/loop/statistics.hpp"
#include "supervisor/loop/task_table.hpp"
#include "supervisor/workers/culprit.hpp"
#include "supervisor/workers/held_tasks.hpp"

namespace hrn::supervisor {

// What the desk asks of the rest of the supervisor.
class TaskDeskPorts {
public:
    virtual ~TaskDeskPorts() = default;
    // Storage; each answers later by a call of StorageEvents (record_attempt does not).
    virtual void record_attempt(const TaskId& id, std::uint32_t attempts, const TaskError& error) = 0;
    virtual void discard_result(std::uint64_t generation, const TaskId& id) = 0;
    virtual void finish_done(DoneTask task) = 0;
    virtual void finish_failed(FailedTask task) = 0;
    // Workers.
    virtual void forgive(int worker, std::uint64_t failure) = 0;
    virtual void worker_succeeded(int worker) = 0;
    [[nodiscard]] virtual std::string device_of(int worker) const = 0;
    // A worker met a trouble that is the machine's (class operator): dispatch pauses.
    virtual void operator_trouble(ErrorCode code, const std::string& text) = 0;
    virtual void operator_trouble_over() = 0;
    [[nodiscard]] virtual const Config::Limits& limits() const = 0;
    [[nodiscard]] virtual EventSink& events() = 0;
};

class TaskDesk {
public:
    TaskDesk(TaskTable& table, Statistics& statistics, TaskDeskPorts& ports)
        : table_(table), statistics_(statistics), ports_(ports) {}

    // --- from storage ----------------------------------------------------------------------------------
    // `recovered`: found by the start-up, so an attempt on its record may have ended with the service.
    void queued(const std::vector<QueuedTask>& tasks, bool recovered);
    void finished(const FinishedTask& task);
    void publish_refused(const TaskId& id, const std::string& why, TimePoint now);

    // --- from workers ----------------------------------------------------------------------------------
    void reported(int worker, std::uint64_t generation, const HeldOrder& order, const ReportRecord& report,
                  TimePoint now);
    // It was asked back and had not been begun: its turn comes again, at no cost.
    void returned(const HeldOrder& order);
    void worker_gone(int worker, const Verdict& verdict, std::uint64_t failure, TimePoint now);

    // cancel: a queued task fails at once, a running one when it comes back. false: there is no such task.
    bool cancel(const TaskId& id);

    // 1 s, doubled with each further attempt, at most a minute.
    [[nodiscard]] static Duration retry_backoff(std::uint32_t attempts);

private:
    void task_done(TaskEntry& entry, std::uint64_t generation, const HeldOrder& order,
                   const ReportRecord& report, TimePoint now);
    void task_failed(TaskEntry& entry, const TaskError& error, TimePoint now);
    void device_failed(TaskEntry& entry, const TaskError& error);
    void become_suspect(TaskEntry& entry, const TaskError& error);
    void charge_and_retry(TaskEntry& entry, const TaskError& error, TimePoint now);
    void suspect(TaskEntry& entry, int worker, const Verdict& verdict, const Verdict::Suspect& details,
                 std::uint64_t failure);
    void convict(TaskEntry& entry, const TaskError& error);
    void rescue(TaskEntry& entry);
    void fail_if_cancelled(TaskEntry& entry);
    void quarantine(TaskEntry& entry, const TaskError& error);
    void give_up(TaskEntry& entry, TaskError error, bool quarantined, std::uint32_t attempts);
    void announce(std::string_view event, const TaskEntry& entry, const TaskError* error) const;

    TaskTable& table_;
    Statistics& statistics_;
    TaskDeskPorts& ports_;
};

}  // namespace hrn::supervisor
