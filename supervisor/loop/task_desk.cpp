#include "supervisor/loop/task_desk.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "shared/log.hpp"
#include "shared/text.hpp"

namespace hrn::supervisor {
namespace {

constexpr auto kFirstRetry = std::chrono::seconds(1);
constexpr auto kLongestRetry = std::chrono::seconds(60);
// A task that met the machine's trouble lets others go first when dispatch tries again.
constexpr auto kAfterTrouble = std::chrono::seconds(5);
// Workers killed from outside around one task, before it is suspected of having a part in it.
constexpr std::uint32_t kMostAccidents = 10;

TaskRun run_of(const ReportRecord& report, double seconds) {
    TaskRun run;
    for (std::size_t i = 0; i < run.stage_seconds.size(); ++i) {
        run.stage_seconds[i] = static_cast<float>(report.stage_microseconds[i]) * 1e-6F;
    }
    run.seconds = static_cast<float>(seconds);
    run.batch = std::max<std::uint32_t>(1, report.batch);
    return run;
}

std::string message_or_sentence(const std::string& message, ErrorCode code) {
    return message.empty() ? std::string(error_row(code).sentence) : message;
}

TaskError cancelled_error() {
    TaskError error;
    error.code = ErrorCode::cancelled;
    error.message = error_row(ErrorCode::cancelled).sentence;
    error.time_ms = unix_milliseconds_now();
    return error;
}

nlohmann::json error_json(const TaskError& error) {
    const ErrorRow& row = error_row(error.code);
    nlohmann::json json = {{"code", row.name},
                           {"class", error_class_name(row.error_class)},
                           {"message", error.message},
                           {"signal", nullptr},
                           {"stage", nullptr}};
    if (error.signal != 0) {
        json["signal"] = error.signal;
    }
    if (!error.stage.empty()) {
        json["stage"] = error.stage;
    }
    return json;
}

}  // namespace

Duration TaskDesk::retry_backoff(std::uint32_t attempts) {
    Duration delay = kFirstRetry;
    for (std::uint32_t i = 1; i < attempts && delay < kLongestRetry; ++i) {
        delay *= 2;
    }
    return std::min<Duration>(delay, kLongestRetry);
}

void TaskDesk::queued(const std::vector<QueuedTask>& tasks, bool recovered) {
    for (const QueuedTask& task : tasks) {
        // An attempt on record when the service starts: it may have been the task that ended it. Alone it
        // can hurt nobody.
        if (!table_.add(task, recovered && task.attempts > 0)) {
            continue;
        }
        TaskEntry* entry = table_.find(task.id);
        if (recovered && task.attempts >= static_cast<std::uint32_t>(ports_.limits().max_attempts)) {
            TaskError error;
            error.code = ErrorCode::poison;
            error.message = "it was computed alone when the service or its worker ended, for the " +
                            std::to_string(task.attempts) + ". time";
            error.time_ms = unix_milliseconds_now();
            quarantine(*entry, error);
        } else {
            announce("task.queued", *entry, nullptr);
        }
    }
}

void TaskDesk::reported(int worker, std::uint64_t generation, const HeldOrder& order,
                        const ReportRecord& report, TimePoint now) {
    TaskEntry* entry = table_.find(order.id);
    if (entry == nullptr || entry->phase != TaskPhase::running) {
        log::error("internal: a worker held a task that is not running", {{"task", order.id.text()}});
        return;
    }
    if (report.kind == ReportKind::done) {
        task_done(*entry, generation, order, report, now);
        return;
    }
    TaskError error;
    error.code = static_cast<ErrorCode>(report.error);
    error.message = message_or_sentence(text_of(report), error.code);
    error.stage = presence_text(static_cast<Stage>(report.stage), Presence::in);
    error.worker = worker;
    error.device = ports_.device_of(worker);
    error.time_ms = unix_milliseconds_now();
    entry->run = run_of(report, to_seconds(now - order.given));
    task_failed(*entry, error, now);
}

void TaskDesk::task_done(TaskEntry& entry, std::uint64_t generation, const HeldOrder& order,
                         const ReportRecord& report, TimePoint now) {
    ports_.operator_trouble_over();
    ports_.worker_succeeded(entry.worker);
    if (entry.cancelled) {
        ports_.discard_result(generation, entry.task.id);
        give_up(entry, cancelled_error(), false, entry.task.attempts);
        return;
    }
    const double seconds = to_seconds(now - order.given);
    entry.run = run_of(report, seconds);
    DoneTask done;
    done.id = entry.task.id;
    done.generation = generation;
    done.attempts = entry.attempt();
    done.worker = entry.worker;
    done.device = ports_.device_of(entry.worker);
    done.seconds = seconds;
    done.report = report;
    table_.start_finishing(entry);
    ports_.finish_done(std::move(done));
}

void TaskDesk::task_failed(TaskEntry& entry, const TaskError& error, TimePoint now) {
    const ErrorClass error_class = error_row(error.code).error_class;
    if (error_class == ErrorClass::device) {
        device_failed(entry, error);
        return;
    }
    if (entry.cancelled) {
        give_up(entry, cancelled_error(), false, entry.task.attempts);
        return;
    }
    // It came back by itself, so whatever killed its earlier workers, this run did not.
    entry.suspicions.clear();
    table_.set_suspect(entry, false);
    switch (error_class) {
        case ErrorClass::permanent:
            give_up(entry, error, false, entry.attempt());
            return;
        case ErrorClass::operator_:
            ports_.operator_trouble(error.code, error.message);
            table_.rest(entry, now + kAfterTrouble);
            return;
        case ErrorClass::retry:
        case ErrorClass::device:
            charge_and_retry(entry, error, now);
            return;
    }
}

// A worker that still could say so: its device failed under this task, and the worker ends next. That is a
// death like any other (design.md 7): a device that is gone is nobody's fault, an error of the device may be
// any batch's.
void TaskDesk::device_failed(TaskEntry& entry, const TaskError& error) {
    if (error.code == ErrorCode::device_lost) {
        rescue(entry);
        return;
    }
    entry.suspicions.push_back({entry.worker, 0});
    if (entry.suspect) {
        convict(entry, error);  // suspects run alone
        return;
    }
    become_suspect(entry, error);
}

void TaskDesk::become_suspect(TaskEntry& entry, const TaskError& error) {
    entry.unrecorded.push_back(error);
    table_.set_suspect(entry, true);
    table_.requeue(entry);
    announce("task.rescued", entry, &error);
    fail_if_cancelled(entry);
}

void TaskDesk::charge_and_retry(TaskEntry& entry, const TaskError& error, TimePoint now) {
    const std::uint32_t attempts = entry.attempt();
    if (attempts >= static_cast<std::uint32_t>(ports_.limits().max_attempts)) {
        give_up(entry, error, false, attempts);
        return;
    }
    entry.task.attempts = attempts;
    ports_.record_attempt(entry.task.id, attempts, error);
    announce("task.retrying", entry, &error);
    table_.rest(entry, now + retry_backoff(attempts));
}

void TaskDesk::publish_refused(const TaskId& id, const std::string& why, TimePoint now) {
    TaskEntry* entry = table_.find(id);
    if (entry == nullptr || entry->phase != TaskPhase::finishing) {
        log::error("internal: a result was refused that was not offered", {{"task", id.text()}});
        return;
    }
    TaskError error;
    error.code = ErrorCode::invalid_result;
    error.message = why;
    error.worker = entry->worker;
    error.device = ports_.device_of(entry->worker);
    error.time_ms = unix_milliseconds_now();
    log::warning("a result was not published",
                 {{"task", id.text()}, {"worker", std::to_string(entry->worker)}, {"because", why}});
    charge_and_retry(*entry, error, now);
}

void TaskDesk::returned(const HeldOrder& order) {
    TaskEntry* entry = table_.find(order.id);
    if (entry == nullptr || entry->phase != TaskPhase::running) {
        log::error("internal: a worker gave back a task that is not running", {{"task", order.id.text()}});
        return;
    }
    table_.requeue(*entry);
    fail_if_cancelled(*entry);
}

void TaskDesk::worker_gone(int worker, const Verdict& verdict, std::uint64_t failure, TimePoint) {
    for (const Verdict::Suspect& details : verdict.suspects) {
        TaskEntry* entry = table_.find(details.id);
        if (entry == nullptr) {
            continue;
        }
        // Somebody else killed the worker. Only if that goes on and on with this task it is looked into.
        if (verdict.accident && ++entry->accidents < kMostAccidents) {
            rescue(*entry);
        } else {
            suspect(*entry, worker, verdict, details, failure);
        }
    }
    for (const TaskId& id : verdict.innocents) {
        if (TaskEntry* entry = table_.find(id)) {
            rescue(*entry);
        }
    }
}

// It had nothing to do with the death: back into the queue, where it was, at no cost.
void TaskDesk::rescue(TaskEntry& entry) {
    announce("task.rescued", entry, nullptr);
    table_.requeue(entry);
    fail_if_cancelled(entry);
}

void TaskDesk::suspect(TaskEntry& entry, int worker, const Verdict& verdict, const Verdict::Suspect& details,
                       std::uint64_t failure) {
    TaskError error;
    error.code = verdict.code;
    error.message = verdict.text;
    error.signal = verdict.signal;
    error.stage = details.stage;
    error.worker = worker;
    error.device = ports_.device_of(worker);
    error.time_ms = unix_milliseconds_now();
    entry.suspicions.push_back({worker, failure});
    if (details.solo) {
        convict(entry, error);
        return;
    }
    become_suspect(entry, error);
}

// A task that was cancelled while a worker held it and came back without a report.
void TaskDesk::fail_if_cancelled(TaskEntry& entry) {
    if (entry.cancelled) {
        entry.cancelled = false;
        static_cast<void>(cancel(entry.task.id));
    }
}

// It was alone: this death and the earlier ones in which it was a suspect are its own, not the devices'.
void TaskDesk::convict(TaskEntry& entry, const TaskError& error) {
    for (const Suspicion& suspicion : entry.suspicions) {
        if (suspicion.failure != 0) {
            ports_.forgive(suspicion.worker, suspicion.failure);
        }
    }
    entry.task.attempts += static_cast<std::uint32_t>(entry.suspicions.size());
    entry.suspicions.clear();
    if (entry.task.attempts >= static_cast<std::uint32_t>(ports_.limits().max_attempts)) {
        quarantine(entry, error);
        return;
    }
    ports_.record_attempt(entry.task.id, entry.task.attempts, error);
    announce("task.retrying", entry, &error);
    table_.requeue(entry);
    fail_if_cancelled(entry);
}

// The record names how the last worker died: that is what the operator looks for, and `quarantined` says the
// rest.
void TaskDesk::quarantine(TaskEntry& entry, const TaskError& last) {
    TaskError error = last;
    if (last.code != ErrorCode::poison) {
        error.message =
            std::to_string(entry.task.attempts) + " workers died of it; the last one: " + last.message;
    }
    give_up(entry, error, true, entry.task.attempts);
}

void TaskDesk::give_up(TaskEntry& entry, TaskError error, bool quarantined, std::uint32_t attempts) {
    FailedTask failed;
    failed.id = entry.task.id;
    failed.attempts = attempts;
    failed.quarantined = quarantined;
    failed.worker = entry.worker;
    failed.device = ports_.device_of(entry.worker);
    failed.seconds = static_cast<double>(entry.run.seconds);
    failed.error = std::move(error);
    if (entry.phase != TaskPhase::finishing) {
        table_.start_finishing(entry);
    }
    ports_.finish_failed(std::move(failed));
}

bool TaskDesk::cancel(const TaskId& id) {
    TaskEntry* entry = table_.find(id);
    if (entry == nullptr || entry->phase == TaskPhase::finishing) {
        return false;
    }
    if (entry->phase == TaskPhase::running || entry->phase == TaskPhase::committing) {
        entry->cancelled = true;  // its result is dropped when it comes
        return true;
    }
    give_up(*entry, cancelled_error(), false, entry->task.attempts);
    return true;
}

void TaskDesk::finished(const FinishedTask& task) {
    const TimePoint now = Clock::now();
    const TaskEntry* entry = table_.find(task.id);
    const int worker = entry != nullptr ? entry->worker : -1;
    const std::string device = ports_.device_of(worker);
    if (task.state == FinalState::done) {
        statistics_.task_done(worker, device, entry != nullptr ? entry->run : TaskRun{}, now);
    } else {
        statistics_.task_failed(worker, device, now);
        log::warning(task.state == FinalState::quarantined ? "task quarantined" : "task failed",
                     {{"task", task.id.text()},
                      {"path", task.path},
                      {"code", std::string(error_name(task.error ? task.error->code : ErrorCode::none))},
                      {"because", task.error ? task.error->message : std::string()}});
    }
    if (ports_.events().wanted()) {
        nlohmann::json event = {
            {"id", task.id.text()}, {"path", to_utf8(task.path)}, {"attempts", task.attempts}};
        if (worker >= 0) {
            event["worker"] = worker;
            event["device"] = device;
        }
        if (task.state == FinalState::done) {
            event["result_dir"] = to_utf8(task.result_dir);
            event["seconds"] = entry != nullptr ? entry->run.seconds : 0;
        }
        if (task.error) {
            event["error"] = error_json(*task.error);
        }
        ports_.events().emit(task.state == FinalState::done     ? "task.done"
                             : task.state == FinalState::failed ? "task.failed"
                                                                : "task.quarantined",
                             std::move(event));
    }
    table_.erase(task.id);
}

void TaskDesk::announce(std::string_view event, const TaskEntry& entry, const TaskError* error) const {
    if (!ports_.events().wanted()) {
        return;
    }
    nlohmann::json fields = {{"id", entry.task.id.text()}, {"attempts", entry.task.attempts}};
    if (entry.worker >= 0) {
        fields["worker"] = entry.worker;
        fields["device"] = ports_.device_of(entry.worker);
    }
    if (error != nullptr) {
        fields["error"] = error_json(*error);
    }
    ports_.events().emit(event, std::move(fields));
}

}  // namespace hrn::supervisor
