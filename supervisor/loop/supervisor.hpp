// The service: joins storage, workers, dispatch and statistics on one loop (design.md 3.5). It mostly passes
// things on; what is decided is decided in task_desk, dispatcher, culprit, restart_policy and worker_state.
//
// Lives on the main thread, which runs the loop and starts all processes. Storage's answers are posted to
// it. Commands of the control socket call the public functions below.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include "shared/config.hpp"
#include "supervisor/loop/dispatch_gate.hpp"
#include "supervisor/loop/dispatcher.hpp"
#include "supervisor/loop/estimation.hpp"
#include "supervisor/loop/event_sink.hpp"
#include "supervisor/loop/hooks.hpp"
#include "supervisor/loop/problems.hpp"
#include "supervisor/loop/service_notify.hpp"
#include "supervisor/loop/statistics.hpp"
#include "supervisor/loop/task_desk.hpp"
#include "supervisor/loop/task_table.hpp"
#include "supervisor/storage/storage.hpp"
#include "supervisor/workers/fleet.hpp"
#include "supervisor/workers/gpu_monitor.hpp"

namespace hrn::supervisor {

enum class ServiceState : std::uint8_t { starting, running, degraded, paused, draining };
[[nodiscard]] std::string_view service_state_name(ServiceState state);

class Supervisor final : private StorageEvents,
                         private WorkerHost,
                         private TaskDeskPorts,
                         private EstimationPorts {
public:
    Supervisor(boost::asio::io_context& io, Config config, std::string config_path);
    ~Supervisor() override;
    Supervisor(const Supervisor&) = delete;
    Supervisor& operator=(const Supervisor&) = delete;

    void set_events(EventSink& events) { events_ = &events; }
    // Starts storage and, once it has recovered, the workers. The loop runs afterwards.
    void start();
    // What the process ends with; the loop was stopped by then.
    [[nodiscard]] int exit_status() const { return exit_status_; }

    // --- commands --------------------------------------------------------------------------------------
    void pause();
    void resume();  // ends pause and drain
    void drain();   // nothing more is claimed; what is queued is finished
    struct Reloaded {
        std::string refused;                // why the old one stays in force; empty: it does not
        std::vector<ConfigChange> changes;  // against what was in force
    };
    // The configuration file again (supervisor_reload.cpp).
    Reloaded reload();
    // Running tasks finish, then the process ends; called again: it ends at once.
    void stop();
    // Each is unfinished (is_unfinished). Queued ones fail at once, running ones when they come back, even if
    // the service is restarted meanwhile.
    void cancel(const std::vector<TaskId>& ids);
    [[nodiscard]] bool is_unfinished(const TaskId& id) const;
    // A device by what an operator calls it: its index, its UUID or the unambiguous beginning of that, "cpu".
    // Nothing: no worker has it.
    [[nodiscard]] std::optional<std::string> device_named(const std::string& name) const;
    // `device`: from device_named. The indices of its workers.
    std::vector<int> drain_device(const std::string& device, const std::string& reason);
    std::vector<int> resume_device(const std::string& device);

    // --- what is shown ---------------------------------------------------------------------------------
    [[nodiscard]] ServiceState state() const;
    [[nodiscard]] bool intake_open() const;
    [[nodiscard]] bool recovered() const { return recovered_; }
    [[nodiscard]] bool stopping() const { return stopping_; }
    [[nodiscard]] const Config& config() const override { return config_; }
    [[nodiscard]] const Problems& problems() const { return problems_; }
    [[nodiscard]] const StoreCounts& counts() const { return counts_; }
    [[nodiscard]] const TaskTable& tasks() const { return table_; }
    [[nodiscard]] const Statistics& statistics() const { return statistics_; }
    [[nodiscard]] const std::string& policy() const { return dispatcher_.policy(); }
    [[nodiscard]] const Estimation& estimation() const { return estimation_; }
    [[nodiscard]] const CostBook& costs() const { return costs_; }
    [[nodiscard]] const Fleet& fleet() const { return fleet_; }
    [[nodiscard]] GpuMonitor::Snapshot gpus() const;
    [[nodiscard]] TimePoint started() const { return started_; }
    [[nodiscard]] std::string device_of(int worker) const override;
    [[nodiscard]] Storage& storage() { return *storage_; }
    [[nodiscard]] boost::asio::io_context& io() { return io_; }

private:
    // StorageEvents (supervisor_storage.cpp)
    void on_recovered(const Recovery& recovery) override;
    void on_queued(const std::vector<QueuedTask>& tasks) override;
    void on_attempt_committed(const TaskId& id) override;
    void on_finished(const FinishedTask& task) override;
    void on_publish_refused(const TaskId& id, const std::string& why) override;
    void on_changed(const QueuedTask& task) override;
    void on_counts(const StoreCounts& counts) override;
    void on_problem(const std::string& code, const std::string& text) override;
    void on_problem_cleared(const std::string& code) override;
    void on_fatal(int status, const std::string& why) override;

    // WorkerHost (supervisor_workers.cpp)
    [[nodiscard]] std::optional<std::string> worker_program(std::string& error) const override;
    void prepare_generation(std::uint64_t generation,
                            std::function<void(bool, const std::string&)> done) override;
    void forget_generation(std::uint64_t generation) override;
    void on_task_report(Worker& worker, const HeldOrder& order, const ReportRecord& report) override;
    void on_task_returned(Worker& worker, const HeldOrder& order) override;
    [[nodiscard]] std::string on_estimate(const HeldOrder& order, const ReportRecord& report) override;
    void on_worker_gone(Worker& worker, const Verdict& verdict, std::uint64_t failure) override;
    void on_worker_room(Worker& worker) override;
    void on_worker_state(Worker& worker, WorkerState from) override;

    // TaskDeskPorts (supervisor_storage.cpp, supervisor_workers.cpp)
    void record_attempt(const TaskId& id, std::uint32_t attempts, const TaskError& error) override;
    void discard_result(std::uint64_t generation, const TaskId& id) override;
    void finish_done(DoneTask task) override;
    void finish_failed(FailedTask task) override;
    void forgive(int worker, std::uint64_t failure) override;
    void worker_succeeded(int worker) override;
    void operator_trouble(ErrorCode code, const std::string& text) override;
    void operator_trouble_over() override;
    [[nodiscard]] const Config::Limits& limits() const override { return config_.limits; }
    [[nodiscard]] EventSink& events() override { return *events_; }

    // supervisor_devices.cpp
    void list_gpus();
    void on_gpus_listed(std::optional<std::vector<GpuInfo>> gpus, const std::string& why);
    void apply_devices();
    void drained_changed();
    void look_at_drained();
    void look_at_gpus(TimePoint now);
    void commit_attempt(TaskEntry& entry);
    // EstimationPorts
    [[nodiscard]] WorkerHost& worker_host() override { return *this; }
    [[nodiscard]] std::uint64_t still_waiting(const TaskId& id) const override;
    void estimated(const TaskId& id, const Estimate& estimate) override;

    void apply_scheduling();
    void recost_line();
    void learn_cost(int worker, const TaskId& id, const ReportRecord& report);
    void task_started(const TaskEntry& entry);
    void problem_changed(const Problem& problem, bool begins);
    void hooks_behind(bool behind);
    void update_intake();
    void schedule();  // one dispatch round, once what is ready now has been handled
    void arm_tick();
    void tick();
    void check_stop(TimePoint now);
    void finish_stop();
    [[nodiscard]] std::string status_line() const;

    boost::asio::io_context& io_;
    Config config_;
    const std::string config_path_;
    const TimePoint started_ = Clock::now();
    EventSink* events_;
    ServiceNotify notify_;

    Problems problems_;
    Statistics statistics_;
    TaskTable table_;
    DispatchGate gate_;
    TaskDesk desk_;
    CostBook costs_;
    Dispatcher dispatcher_;
    Fleet fleet_;
    Estimation estimation_;
    StoreCounts counts_;
    std::unique_ptr<GpuMonitor> gpu_monitor_;
    std::optional<std::vector<GpuInfo>> gpus_;  // nothing: they could not be listed
    bool gpus_known_ = false;                   // gpus_ says what there is to say
    TimePoint next_gpu_look_{};
    std::unique_ptr<Storage> storage_;
    std::set<TaskId> cancelled_;  // running ones, until they come back
    Hooks hooks_;

    boost::asio::steady_timer tick_timer_;
    bool schedule_posted_ = false;
    bool recovered_ = false, paused_ = false, draining_ = false;
    std::optional<bool> pause_ordered_;  // by a command of this life: the last word, whatever the store says
    bool stopping_ = false, stopping_hard_ = false, ended_ = false;
    TimePoint stop_deadline_{}, settle_since_{};
    int exit_status_ = 0;
};

}  // namespace hrn::supervisor
