#include "supervisor/loop/supervisor.hpp"

#include <boost/asio/post.hpp>
#include <nlohmann/json.hpp>
#include <utility>

#include "shared/log.hpp"
#include "shared/text.hpp"

namespace hrn::supervisor {
namespace {

constexpr auto kTick = std::chrono::milliseconds(100);
// NVML usually answers within a second; after this it is said that something is wrong.
constexpr auto kGpuListPatience = std::chrono::seconds(10);
constexpr auto kStalledAfter = std::chrono::seconds(5);
constexpr const char* kStalled = "storage_stalled";
constexpr const char* kHooksBehind = "hooks_behind";

// Until the control server listens.
class NoEvents final : public EventSink {
public:
    [[nodiscard]] bool wanted() const override { return false; }
    void emit(std::string_view, nlohmann::json) override {}
};

EventSink& no_events() {
    static NoEvents sink;
    return sink;
}

}  // namespace

std::string_view service_state_name(ServiceState state) {
    switch (state) {
        case ServiceState::starting:
            return "starting";
        case ServiceState::running:
            return "running";
        case ServiceState::degraded:
            return "degraded";
        case ServiceState::paused:
            return "paused";
        case ServiceState::draining:
            return "draining";
    }
    return "running";
}

Supervisor::Supervisor(boost::asio::io_context& io, Config config, std::string config_path)
    : io_(io),
      config_(std::move(config)),
      config_path_(std::move(config_path)),
      events_(&no_events()),
      problems_([this](const Problem& problem, bool begins) { problem_changed(problem, begins); }),
      desk_(table_, statistics_, *this),
      dispatcher_(
          table_, costs_, gate_, [this](TaskEntry& entry) { commit_attempt(entry); },
          [this](const TaskEntry& entry) { task_started(entry); }),
      fleet_(io, *this),
      estimation_(io, *this),
      hooks_(
          io, config_.hooks,
          [this](const TaskId& id, JsonCallback done) { storage_->show(id.text(), std::move(done)); },
          [this](bool behind) { hooks_behind(behind); }),
      tick_timer_(io) {
    apply_scheduling();
    const auto post = [this](std::function<void()> function) { boost::asio::post(io_, std::move(function)); };
    StorageEvents& events = *this;
    storage_ = std::make_unique<Storage>(config_, events, post);
}

Supervisor::~Supervisor() = default;

void Supervisor::start() {
    list_gpus();
    storage_->start();
    arm_tick();
}

ServiceState Supervisor::state() const {
    if (stopping_ || draining_) {
        return ServiceState::draining;
    }
    if (paused_) {
        return ServiceState::paused;
    }
    bool any_ready = false, all_fine = true, any_troubled = false, any_in_service = false;
    for (const auto& worker : fleet_.workers()) {
        if (!fleet_.in_service(*worker)) {
            continue;
        }
        any_in_service = true;
        any_ready = any_ready || worker->was_ever_ready();
        switch (worker->state()) {
            case WorkerState::crashed:
            case WorkerState::killing:
            case WorkerState::backoff:
            case WorkerState::waiting:
            case WorkerState::down:
            case WorkerState::probe:
                any_troubled = true;
                all_fine = false;
                break;
            default:
                break;
        }
    }
    if (!problems_.all().empty() || any_troubled) {
        return ServiceState::degraded;
    }
    const bool starting = !recovered_ || !fleet_.opened() || (any_in_service && !any_ready);
    return starting && all_fine ? ServiceState::starting : ServiceState::running;
}

GpuMonitor::Snapshot Supervisor::gpus() const {
    return gpu_monitor_ ? gpu_monitor_->latest() : GpuMonitor::Snapshot{};
}

std::string Supervisor::device_of(int worker) const {
    const Worker* found = fleet_.find(worker);
    return found != nullptr ? found->slot().device : std::string();
}

void Supervisor::problem_changed(const Problem& problem, bool begins) {
    if (begins) {
        log::warning("problem", {{"code", problem.code}, {"text", problem.text}});
    } else {
        log::info("problem over", {{"code", problem.code}});
    }
    if (events_->wanted()) {
        events_->emit(begins ? "problem" : "problem.cleared",
                      {{"code", problem.code}, {"text", problem.text}});
    }
}

void Supervisor::hooks_behind(bool behind) {
    if (behind) {
        problems_.set(kHooksBehind,
                      "tasks end faster than the programs of [hooks] are done; some are not run for a task",
                      unix_milliseconds_now());
    } else {
        problems_.clear(kHooksBehind);
    }
}

// Reports come in groups; one round of dispatch after a group is enough, and wakes each worker once.
void Supervisor::schedule() {
    if (std::exchange(schedule_posted_, true)) {
        return;
    }
    boost::asio::post(io_, [this] {
        schedule_posted_ = false;
        dispatcher_.run(Clock::now());
    });
}

void Supervisor::arm_tick() {
    tick_timer_.expires_after(kTick);
    tick_timer_.async_wait([this](const boost::system::error_code& error) {
        if (!error) {
            tick();
            if (!ended_) {
                arm_tick();
            }
        }
    });
}

void Supervisor::tick() {
    const TimePoint now = Clock::now();
    fleet_.tick(now);
    estimation_.tick(now);
    hooks_.tick(now);
    look_at_gpus(now);
    table_.wake_rested(now);
    dispatcher_.run(now);
    if (gpu_monitor_ && !gpus_known_ && now - started_ > kGpuListPatience) {
        problems_.set(kGpusUnknown, "the driver does not say which GPUs there are; look at the kernel's log",
                      unix_milliseconds_now());
    }
    const auto stalled = storage_->busy_for();
    if (stalled > kStalledAfter) {
        problems_.set(kStalled,
                      "the disk has not answered for " + std::to_string(stalled.count() / 1000) + " s",
                      unix_milliseconds_now());
    } else {
        problems_.clear(kStalled);
    }
    notify_.tick(now);
    notify_.status(status_line());
    if (!recovered_ && !stopping_) {
        notify_.extend_timeout(std::chrono::seconds(30));  // recovery grows with the unfinished tasks
    }
    if (stopping_) {
        check_stop(now);
    }
}

std::string Supervisor::status_line() const {
    std::size_t serving = 0;
    const std::vector<Worker*> workers = fleet_.shown();
    for (const Worker* worker : workers) {
        serving += takes_tasks(worker->state()) ? 1 : 0;
    }
    std::string line(service_state_name(state()));
    line += ", " + std::to_string(serving) + " of " + std::to_string(workers.size()) + " workers";
    line += ", " + std::to_string(counts_.waiting) + " waiting, " + std::to_string(table_.queued()) +
            " queued, " + std::to_string(table_.running()) + " running, " + std::to_string(counts_.done) +
            " done, " + std::to_string(counts_.failed + counts_.quarantined) + " failed";
    if (!problems_.all().empty()) {
        line += "; " + problems_.all().begin()->second.text;
    }
    return line;
}

}  // namespace hrn::supervisor
