// One worker slot: a device, the processes that run for it one after another, and what the present one holds.
// The table in worker_state.cpp says what follows what; this class carries it out with the mechanisms beside
// it (process, channel, output, health, restart policy) and tells its host what concerns tasks.
//
// Owned by the Fleet; loop thread only; never blocks. What a worker does wrong is the worker's fault: it is
// killed, its death judged, its tasks handed back through WorkerHost. A slot lives as long as the service.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "shared/config.hpp"
#include "supervisor/workers/clock.hpp"
#include "supervisor/workers/culprit.hpp"
#include "supervisor/workers/devices.hpp"
#include "supervisor/workers/health.hpp"
#include "supervisor/workers/held_tasks.hpp"
#include "supervisor/workers/oom_events.hpp"
#include "supervisor/workers/restart_policy.hpp"
#include "supervisor/workers/wake_budget.hpp"
#include "supervisor/workers/worker_port.hpp"
#include "supervisor/workers/worker_process.hpp"
#include "supervisor/workers/worker_state.hpp"

namespace boost::asio {
class io_context;
}

namespace hrn::supervisor {

class ReadableWatch;
class Worker;
class WorkerChannel;
class WorkerOutput;

// What a worker slot needs from the rest of the supervisor. Calls arrive on the loop thread.
class WorkerHost {
public:
    virtual ~WorkerHost() = default;
    [[nodiscard]] virtual const Config& config() const = 0;
    // The worker program, or nothing and a line that says where it was looked for.
    [[nodiscard]] virtual std::optional<std::string> worker_program(std::string& error) const = 0;
    virtual void prepare_generation(std::uint64_t generation,
                                    std::function<void(bool made, const std::string& why)> done) = 0;
    virtual void forget_generation(std::uint64_t generation) = 0;

    // A report `done` or `failed` about a task that the worker held until now.
    virtual void on_task_report(Worker& worker, const HeldOrder& order, const ReportRecord& report) = 0;
    // It gave back a task that it was asked for and had not begun; it does not hold it any more.
    virtual void on_task_returned(Worker& worker, const HeldOrder& order) = 0;
    // Of a worker in the role `estimate`, about a task that it holds. Empty, or what is wrong with it.
    [[nodiscard]] virtual std::string on_estimate(const HeldOrder& order, const ReportRecord& report) = 0;
    // The worker is gone and holds nothing any more; the verdict names every task that it held. `failure`
    // is what RestartPolicy::forgive takes, 0 if the death does not count.
    virtual void on_worker_gone(Worker& worker, const Verdict& verdict, std::uint64_t failure) = 0;
    // There may be room for tasks.
    virtual void on_worker_room(Worker& worker) = 0;
    virtual void on_worker_state(Worker& worker, WorkerState from) = 0;
};

class Worker final : public WorkerPort {
public:
    Worker(boost::asio::io_context& io, WorkerHost& host, int index, DeviceSlot slot);
    ~Worker() override;
    Worker(const Worker&) = delete;
    Worker& operator=(const Worker&) = delete;

    // --- commands ------------------------------------------------------------------------------------
    void start();
    // Finishes what it holds, then ends; `restart`: and starts again.
    void drain(bool restart);
    // Ends now: SIGTERM, SIGKILL after kill_timeout_s (`hard`: at once).
    void stop(bool hard);
    // Every 100 ms: looks at the rings whatever the pipes say, at the time-outs, at what is due.
    void tick(TimePoint now);

    // --- tasks (WorkerPort) ----------------------------------------------------------------------------
    [[nodiscard]] int index() const override { return index_; }
    [[nodiscard]] std::size_t room() const override;
    [[nodiscard]] bool will_serve() const override;
    [[nodiscard]] std::size_t held_count() const override { return held_.size(); }
    // false: it could not be handed over (the worker is being killed then).
    [[nodiscard]] bool give(const TaskId& id, std::uint32_t attempt, std::uint64_t image_bytes, bool solo,
                            TimePoint now) override;
    [[nodiscard]] std::size_t batch_size() const override { return batch_size_; }
    [[nodiscard]] std::span<const HeldOrder> held_orders() const override { return held_.orders(); }
    [[nodiscard]] TimePoint computing_since() const override;
    bool take_back(const TaskId& id, TimePoint now) override;
    void flush() override;
    void forgive(std::uint64_t failure) { restarts_policy_.forgive(failure); }
    void task_succeeded() { restarts_policy_.record_success(); }

    // --- what is shown ---------------------------------------------------------------------------------
    [[nodiscard]] const DeviceSlot& slot() const { return slot_; }
    [[nodiscard]] WorkerState state() const { return state_; }
    [[nodiscard]] TimePoint state_since() const { return state_since_; }
    [[nodiscard]] pid_t pid() const { return process_.running() ? process_.pid() : 0; }
    [[nodiscard]] std::uint64_t generation() const { return generation_; }
    [[nodiscard]] std::uint64_t restarts() const { return starts_ > 0 ? starts_ - 1 : 0; }
    [[nodiscard]] const HeldTasks& held() const { return held_; }
    // Why it is in this state, for waiting, crashed, backoff and down; empty otherwise.
    [[nodiscard]] const std::string& reason() const { return reason_; }
    [[nodiscard]] const std::string& ready_text() const { return ready_text_; }  // JSON of its report `ready`
    [[nodiscard]] bool was_ever_ready() const { return ever_ready_; }
    [[nodiscard]] bool unkillable() const { return unkillable_; }
    // Where its tasks are, by its own account; empty without a process.
    [[nodiscard]] SegmentView view() const;

private:
    bool push_order(OrderKind kind, const TaskId& id, std::uint32_t attempt, std::uint64_t image_bytes);
    void handle(WorkerEvent event);
    void act(WorkerAction action);

    // worker_start.cpp: from nothing to a running process
    void prepare();
    void try_lock(TimePoint now);
    void spawn();
    void start_failed(const std::string& why, bool permanent);
    void cancel_start();

    // worker_reports.cpp: what it says
    void on_notified();
    void look_at_reports();
    std::string take_report(const ReportRecord& report);
    std::string take_returned(const ReportRecord& report, TimePoint now);
    std::string take_estimate(const ReportRecord& report, TimePoint now);
    std::string take_ready(const ReportRecord& report);
    void read_output();

    // worker_end.cpp: killing, reaping, judging
    void kill(KillReason reason, const std::string& text, bool hard = false);
    void continue_kill(TimePoint now);
    void on_process_dead();
    void finish_process();
    void decide_restart();
    void settle();
    void check_health(TimePoint now);
    void check_memory(TimePoint now);
    void check_drain(TimePoint now);

    boost::asio::io_context& io_;
    WorkerHost& host_;
    const int index_;
    const DeviceSlot slot_;
    WorkerState state_ = WorkerState::stopped;
    TimePoint state_since_ = Clock::now();
    bool wanted_ = false;
    std::string reason_;
    std::string ready_text_;
    std::size_t batch_size_ = 1;
    bool ever_ready_ = false;
    std::uint64_t starts_ = 0;

    RestartPolicy restarts_policy_;
    std::optional<TimePoint> due_;  // end of the backoff, or the next probe

    // of the present start
    std::uint64_t generation_ = 0;
    std::optional<TimePoint> lock_wanted_since_;
    UniqueFd lock_;
    WorkerProcess process_;
    std::unique_ptr<WorkerChannel> channel_;
    std::unique_ptr<WorkerOutput> output_;
    std::unique_ptr<ReadableWatch> death_watch_, notify_watch_, output_watch_;
    std::optional<Health> health_;
    HeldTasks held_;
    WakeBudget wakes_;
    TimePoint started_at_{};
    std::uint64_t tasks_of_process_ = 0;
    TimePoint last_end_{};  // when a task of this process last ended
    bool attached_ = false;
    bool drain_ordered_ = false;
    bool channel_broken_ = false;  // a protocol error was seen: its rings are not looked at again
    std::optional<TimePoint> pipe_closed_at_;
    OomKills oom_kills_before_;
    TimePoint memory_checked_{};
    std::optional<TimePoint> drained_at_;  // told to drain, and seen without a task since

    // of the present death
    Death death_;
    Verdict verdict_;
    bool start_failure_is_permanent_ = false;
    std::optional<TimePoint> kill_hard_at_;
    bool unkillable_ = false;
};

}  // namespace hrn::supervisor
