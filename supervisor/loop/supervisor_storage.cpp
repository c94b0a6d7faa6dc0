// What storage tells the loop, and what the loop asks of it.
#include <nlohmann/json.hpp>
#include <utility>

#include "shared/log.hpp"
#include "shared/text.hpp"
#include "supervisor/loop/supervisor.hpp"

namespace hrn::supervisor {
namespace {

// The disk is in trouble: giving out tasks would only make workers fail.
bool stops_dispatch(const std::string& code) {
    return code == error_name(ErrorCode::disk_full);
}

// Storage claims nothing while one of these lasts, whatever it was told.
bool stops_intake(const std::string& code) {
    return stops_dispatch(code) || code == "spool_missing" || code == "storage_trouble";
}

}  // namespace

void Supervisor::on_recovered(const Recovery& recovery) {
    recovered_ = true;
    gate_.set_recovered();
    paused_ = pause_ordered_.value_or(recovery.paused);  // a command may have come while it started
    gate_.set_paused(paused_);
    fleet_.set_drained(recovery.drained_devices);
    for (const TaskId& id : recovery.cancelled) {
        if (desk_.cancel(id)) {  // else it was finished in time
            cancelled_.insert(id);
        }
    }
    if (cancelled_.size() != recovery.cancelled.size()) {
        storage_->persist_cancelled({cancelled_.begin(), cancelled_.end()});
    }
    log::info("recovered", {{"requeued", std::to_string(recovery.requeued)},
                            {"adopted", std::to_string(recovery.adopted)},
                            {"already_done", std::to_string(recovery.already_done)},
                            {"already_failed", std::to_string(recovery.already_failed)},
                            {"lost_original", std::to_string(recovery.lost_original)},
                            {"paused", paused_ ? "yes" : "no"}});
    if (recovery.store_was_new && recovery.adopted > 0) {
        log::warning(
            "the task store was new: attempts, holds, order and statistics of earlier tasks are lost");
    }
    notify_.ready();
    update_intake();
    apply_devices();
    schedule();
}

void Supervisor::on_queued(const std::vector<QueuedTask>& tasks) {
    desk_.queued(tasks, !recovered_);
    if (dispatcher_.wants_estimates()) {
        for (const QueuedTask& task : tasks) {
            if (TaskEntry* entry = table_.find(task.id)) {
                table_.set_cost(*entry, costs_.cost(entry->estimate));
                estimation_.add(task.id);
            }
        }
    }
    schedule();
}

void Supervisor::on_attempt_committed(const TaskId& id) {
    TaskEntry* entry = table_.find(id);
    if (entry != nullptr && entry->phase == TaskPhase::committing && entry->cancelled) {
        table_.requeue(*entry);
        desk_.cancel(id);
        return;
    }
    dispatcher_.attempt_committed(id, Clock::now());
    schedule();
}

void Supervisor::on_finished(const FinishedTask& task) {
    desk_.finished(task);
    hooks_.ended(task);
    if (cancelled_.erase(task.id) > 0) {
        storage_->persist_cancelled({cancelled_.begin(), cancelled_.end()});
    }
}

bool Supervisor::is_unfinished(const TaskId& id) const {
    const TaskEntry* entry = table_.find(id);
    return entry != nullptr && entry->phase != TaskPhase::finishing;
}

void Supervisor::cancel(const std::vector<TaskId>& ids) {
    const std::size_t before = cancelled_.size();
    for (const TaskId& id : ids) {
        static_cast<void>(desk_.cancel(id));
        const TaskEntry* entry = table_.find(id);
        if (entry != nullptr && entry->cancelled) {
            cancelled_.insert(id);
        }
    }
    if (cancelled_.size() != before) {
        storage_->persist_cancelled({cancelled_.begin(), cancelled_.end()});
    }
}

void Supervisor::on_publish_refused(const TaskId& id, const std::string& why) {
    desk_.publish_refused(id, why, Clock::now());
}

void Supervisor::on_changed(const QueuedTask& task) {
    table_.change(task);
    schedule();
}

void Supervisor::on_counts(const StoreCounts& counts) {
    counts_ = counts;
}

void Supervisor::on_problem(const std::string& code, const std::string& text) {
    problems_.set(code, text, unix_milliseconds_now());
    if (stops_dispatch(code)) {
        gate_.set_storage_trouble(true);
    }
    // A spool on a disk that is not mounted yet may take its time; whoever starts the service does not wait.
    if (stops_intake(code)) {
        notify_.ready();
    }
}

void Supervisor::on_problem_cleared(const std::string& code) {
    problems_.clear(code);
    if (stops_dispatch(code)) {
        gate_.set_storage_trouble(false);
        schedule();
    }
}

void Supervisor::on_fatal(int status, const std::string& why) {
    log::error(why);
    exit_status_ = status;
    stopping_ = true;
    fleet_.stop_all(true);
    finish_stop();
}

bool Supervisor::intake_open() const {
    if (!recovered_ || paused_ || draining_ || stopping_) {
        return false;
    }
    for (const auto& [key, problem] : problems_.all()) {
        if (stops_intake(problem.code)) {
            return false;
        }
    }
    return true;
}

void Supervisor::update_intake() {
    storage_->set_intake(recovered_ && !paused_ && !draining_ && !stopping_);
}

void Supervisor::commit_attempt(TaskEntry& entry) {
    storage_->commit_attempt(entry.task.id, entry.attempt(), std::exchange(entry.unrecorded, {}));
}

void Supervisor::record_attempt(const TaskId& id, std::uint32_t attempts, const TaskError& error) {
    storage_->record_attempt(id, attempts, error);
}

void Supervisor::discard_result(std::uint64_t generation, const TaskId& id) {
    storage_->discard_result(generation, id);
}

void Supervisor::finish_done(DoneTask task) {
    storage_->finish_done(std::move(task));
}

void Supervisor::finish_failed(FailedTask task) {
    storage_->finish_failed(std::move(task));
}

// A worker could not write its result, or the like: the machine's trouble, not the task's.
void Supervisor::operator_trouble(ErrorCode code, const std::string& text) {
    gate_.trouble(Clock::now());
    problems_.set("worker_" + std::string(error_name(code)), text, unix_milliseconds_now());
}

void Supervisor::operator_trouble_over() {
    if (gate_.in_trouble()) {
        gate_.trouble_over();
        for (const ErrorRow& row : error_table()) {
            if (row.error_class == ErrorClass::operator_) {
                problems_.clear("worker_" + std::string(row.name));
            }
        }
    }
}

}  // namespace hrn::supervisor
