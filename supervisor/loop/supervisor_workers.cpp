// What workers tell the loop, and what that means for problems and events.
#include <nlohmann/json.hpp>
#include <utility>

#include "shared/log.hpp"
#include "shared/text.hpp"
#include "shared/worker_launch.hpp"
#include "supervisor/loop/supervisor.hpp"
#include "supervisor/machine/worker_program.hpp"

namespace hrn::supervisor {
namespace {

std::string problem_key(const char* code, const Worker& worker) {
    return std::string(code) + ":" + std::to_string(worker.index());
}

constexpr const char* kDown = "device_down";
constexpr const char* kRestarting = "worker_restarting";
constexpr const char* kWaiting = "worker_waiting";
constexpr const char* kUnkillable = "worker_unkillable";

nlohmann::json worker_event(const Worker& worker) {
    return {{"worker", worker.index()}, {"device", worker.slot().device}};
}

}  // namespace

std::optional<std::string> Supervisor::worker_program(std::string& error) const {
    WorkerProgram program = find_worker_program(config_);
    if (program.path.empty()) {
        error = std::move(program.error);
        return std::nullopt;
    }
    return std::move(program.path);
}

void Supervisor::prepare_generation(std::uint64_t generation,
                                    std::function<void(bool, const std::string&)> done) {
    storage_->prepare_generation(generation, std::move(done));
}

void Supervisor::forget_generation(std::uint64_t generation) {
    storage_->forget_generation(generation);
}

void Supervisor::on_task_report(Worker& worker, const HeldOrder& order, const ReportRecord& report) {
    if (report.kind == ReportKind::done) {
        learn_cost(worker.index(), order.id, report);
    }
    desk_.reported(worker.index(), worker.generation(), order, report, Clock::now());
    schedule();
}

void Supervisor::on_worker_gone(Worker& worker, const Verdict& verdict, std::uint64_t failure) {
    nlohmann::json event = worker_event(worker);
    event["text"] = verdict.text;
    if (verdict.restart_at_once) {
        log::info("worker ended", {{"worker", std::to_string(worker.index())},
                                   {"device", worker.slot().device},
                                   {"how", verdict.text}});
        events_->emit("worker.stopped", std::move(event));
    } else {
        statistics_.worker_died();
        log::warning("worker died", {{"worker", std::to_string(worker.index())},
                                     {"device", worker.slot().device},
                                     {"cause", std::string(error_name(verdict.code))},
                                     {"how", verdict.text},
                                     {"suspects", std::to_string(verdict.suspects.size())},
                                     {"innocents", std::to_string(verdict.innocents.size())}});
        event["code"] = error_name(verdict.code);
        events_->emit("worker.died", std::move(event));
    }
    desk_.worker_gone(worker.index(), verdict, failure, Clock::now());
    schedule();
}

void Supervisor::on_worker_room(Worker&) {
    schedule();
}

void Supervisor::on_worker_state(Worker& worker, WorkerState from) {
    log::debug("worker state", {{"worker", std::to_string(worker.index())},
                                {"from", std::string(worker_state_name(from))},
                                {"to", std::string(worker_state_name(worker.state()))}});
    const std::string who = "worker " + std::to_string(worker.index()) + " (" + worker.slot().device + ")";
    const std::int64_t now_ms = unix_milliseconds_now();
    if (worker.unkillable()) {
        problems_.set(problem_key(kUnkillable, worker), who + " does not die of SIGKILL; restart the machine",
                      now_ms);
        return;
    }
    problems_.clear(problem_key(kUnkillable, worker));
    switch (worker.state()) {
        case WorkerState::ready:
            problems_.clear(problem_key(kRestarting, worker));
            problems_.clear(problem_key(kWaiting, worker));
            if (problems_.contains(problem_key(kDown, worker))) {
                problems_.clear(problem_key(kDown, worker));
                events_->emit("device.up", worker_event(worker));
            }
            if (from == WorkerState::loading || from == WorkerState::waiting) {
                nlohmann::json event = worker_event(worker);
                event["pid"] = worker.pid();
                events_->emit("worker.ready", std::move(event));
            }
            break;
        case WorkerState::waiting:
            problems_.set(problem_key(kWaiting, worker), who + " waits: " + worker.reason(), now_ms);
            break;
        case WorkerState::backoff:
            if (!problems_.contains(problem_key(kDown, worker))) {
                problems_.set(problem_key(kRestarting, worker), who + " is restarted: " + worker.reason(),
                              now_ms);
            }
            break;
        case WorkerState::down:
            problems_.clear(problem_key(kRestarting, worker));
            if (!problems_.contains(problem_key(kDown, worker))) {
                nlohmann::json event = worker_event(worker);
                event["text"] = worker.reason();
                events_->emit("device.down", std::move(event));
            }
            problems_.set(problem_key(kDown, worker), who + " is down: " + worker.reason(), now_ms);
            break;
        case WorkerState::stopped:
            problems_.clear(problem_key(kRestarting, worker));
            problems_.clear(problem_key(kWaiting, worker));
            problems_.clear(problem_key(kDown, worker));
            break;
        default:
            break;
    }
}

void Supervisor::task_started(const TaskEntry& entry) {
    if (events_->wanted()) {
        events_->emit("task.started", {{"id", entry.task.id.text()},
                                       {"attempts", entry.attempt()},
                                       {"worker", entry.worker},
                                       {"device", device_of(entry.worker)}});
    }
}

void Supervisor::forgive(int worker, std::uint64_t failure) {
    if (Worker* found = fleet_.find(worker)) {
        found->forgive(failure);
    }
}

void Supervisor::worker_succeeded(int worker) {
    if (Worker* found = fleet_.find(worker)) {
        found->task_succeeded();
    }
}

}  // namespace hrn::supervisor
