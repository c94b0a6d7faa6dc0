// One group: everything that is due is moved, synced once, committed once, then told.
#include <algorithm>
#include <nlohmann/json.hpp>

#include "shared/log.hpp"
#include "shared/text.hpp"
#include "shared/worker_launch.hpp"
#include "supervisor/storage/claim_folder.hpp"
#include "supervisor/storage/publish.hpp"
#include "supervisor/storage/settle.hpp"
#include "supervisor/storage/spool_claim.hpp"
#include "supervisor/storage/task_life.hpp"

namespace hrn::supervisor::storage {

namespace {

// Bounds how long the first task of a group waits for the last.
constexpr std::size_t kMaxGroup = 256;
constexpr auto kTryAgainAfter = std::chrono::seconds(1);

}  // namespace

bool TaskLife::run_group() {
    if (!parts_.disk.may_work()) {
        return false;
    }
    try {
        resolve_interrupted();
        parts_.folders.begin_group();
        begin_syncs();
        claim_files();
        publish_results();
        settle_originals();
        flush();
        commit();
        conclude();
        parts_.disk.worked();
    } catch (const fs::FsError& error) {
        parts_.disk.trouble(error);
    } catch (const StoreError& error) {
        if (!error.is_disk_full()) {
            throw;
        }
        parts_.disk.trouble(error);
    }
    return !parts_.disk.in_trouble() && has_work();
}

// What a failed call left in claimed/ is looked at by the same function as at start-up.
void TaskLife::resolve_interrupted() {
    if (interrupted_.empty()) {
        return;
    }
    take_in(recover_some(parts_.folders, parts_.store, names_, next_priority_, interrupted_));
    interrupted_.clear();
}

std::size_t TaskLife::room_for_claims() const {
    const auto limit = static_cast<std::size_t>(std::max<std::int64_t>(parts_.config.spool.active_limit, 1));
    const std::size_t under_way = active_.size() + claims_.size();
    if (!intake_open_ || !parts_.disk.may_take_in() || under_way >= limit) {
        return 0;
    }
    return std::min({limit - under_way, kMaxGroup, parts_.spool.claimable()});
}

std::size_t TaskLife::expected_moves() const {
    return room_for_claims() + claims_.size() + to_settle_.size() + settled_.size();
}

// --- claim -------------------------------------------------------------------------------------------------

void TaskLife::begin_syncs() {
    const std::size_t results = std::min(to_publish_.size(), kMaxGroup);
    if (results_sync_) {
        spool_sync_.begin(expected_moves());
        results_sync_->begin(results);
    } else {
        spool_sync_.begin(expected_moves() + results);
    }
}

void TaskLife::claim_files() {
    for (std::size_t room = room_for_claims(); room > 0; --room) {
        auto file = parts_.spool.take();
        if (!file || !claim_one(std::move(*file))) {
            return;
        }
    }
}

bool TaskLife::claim_one(WaitingFile file) {
    const TaskId id = TaskId::generate();
    const std::int64_t now = unix_milliseconds_now();
    std::string name;
    ClaimAttempt attempt;
    try {
        name = reserve_name(parts_.folders, names_, file.rel, id);
        attempt = claim_file(parts_.folders, spool_sync_, file, id, now);
    } catch (const fs::FsError& error) {
        names_.release(name);
        interrupted_.push_back(id);
        if (DiskWatch::is_machine_trouble(error)) {
            parts_.spool.put_back(std::move(file));
            throw;
        }
        parts_.spool.cannot_claim(file.rel, error.what());
        return true;
    }
    if (attempt.outcome != ClaimOutcome::claimed) {
        names_.release(name);
    }
    switch (attempt.outcome) {
        case ClaimOutcome::claimed: {
            TaskRow row;
            row.id = id;
            row.source = std::move(file.rel);
            row.result = std::move(name);
            row.priority = next_priority_++;
            row.image_bytes = attempt.image_bytes;
            row.claimed_ms = now;
            claims_.push_back(std::move(row));
            break;
        }
        case ClaimOutcome::look_again:
            parts_.spool.look_again(std::move(file), attempt.now);
            break;
        case ClaimOutcome::not_regular:
            parts_.spool.on_oddity(Oddity::not_regular, file.rel);
            break;
        case ClaimOutcome::not_movable:
            parts_.spool.cannot_claim(file.rel, attempt.why);
            break;
        case ClaimOutcome::gone:
        case ClaimOutcome::not_ours:
            break;
    }
    return true;
}

// --- publish -----------------------------------------------------------------------------------------------

void TaskLife::publish_results() {
    const auto now = Clock::now();
    std::size_t stuck = 0;
    for (std::size_t left = std::min(to_publish_.size(), kMaxGroup); left > 0; --left) {
        Publishing publishing = std::move(to_publish_.front());
        to_publish_.pop_front();
        if (publishing.not_before > now) {
            to_publish_.push_back(std::move(publishing));
            ++stuck;
            continue;
        }
        if (publishing.durable == Durable::unknown && !results_sync().wants_each()) {
            syncing_.push_back(std::move(publishing));
            continue;
        }
        try {
            publish_one(publishing);
        } catch (const PublishRefused& refusal) {
            active_.at(publishing.task.id).ending = false;
            parts_.generations.remove_task(publishing.task.generation, publishing.task.id);
            parts_.outbox.add([id = publishing.task.id, why = std::string(refusal.what())](
                                  StorageEvents& events) { events.on_publish_refused(id, why); });
        } catch (const fs::FsError& error) {
            if (DiskWatch::is_machine_trouble(error)) {
                to_publish_.push_front(std::move(publishing));
                throw;
            }
            parts_.outbox.raise("cannot_publish", "a result waits: " + log::printable(error.what()));
            publishing.not_before = now + kTryAgainAfter;
            to_publish_.push_back(std::move(publishing));
            ++stuck;
        }
    }
    if (stuck == 0) {
        parts_.outbox.clear("cannot_publish");
    }
}

void TaskLife::publish_one(const Publishing& publishing) {
    const DoneTask& task = publishing.task;
    TaskRow& row = active_.at(task.id).row;
    const bool sync = publishing.durable != Durable::yes;
    while (publish_result(parts_.folders, results_sync(), {task.generation, task.id, row.result, sync},
                          task.report) == Published::name_taken) {
        // Somebody put something there: the next name is committed before the folder moves to it.
        std::string next = reserve_name(parts_.folders, names_, row.source, row.id);
        Transaction transaction(parts_.store.database());
        parts_.store.update_result(row.id, next);
        transaction.commit();
        names_.release(row.result);
        row.result = std::move(next);
    }
    row.attempts = task.attempts;
    row.worker = task.worker;
    row.device = task.device;
    row.seconds = task.seconds;
    std::copy_n(task.report.stage_microseconds.begin(), row.stage_us.size(), row.stage_us.begin());
    row.finished_ms = unix_milliseconds_now();
    row.error.clear();
    to_record_.push_back({task.id, TaskEvent::record_done});
}

// --- settle ------------------------------------------------------------------------------------------------

void TaskLife::settle_originals() {
    const auto now = Clock::now();
    std::size_t stuck = 0;
    for (std::size_t left = std::min(to_settle_.size(), kMaxGroup); left > 0; --left) {
        Settling settling = to_settle_.front();
        to_settle_.pop_front();
        if (settling.not_before > now) {
            to_settle_.push_back(settling);
            ++stuck;
            continue;
        }
        try {
            settle_one(active_.at(settling.id));
            settled_.push_back(settling.id);
        } catch (const fs::FsError& error) {
            if (DiskWatch::is_machine_trouble(error)) {
                to_settle_.push_front(settling);
                throw;
            }
            parts_.outbox.raise("cannot_settle",
                                "an original cannot leave claimed/: " + log::printable(error.what()));
            settling.not_before = now + kTryAgainAfter;
            to_settle_.push_back(settling);
            ++stuck;
        }
    }
    if (stuck == 0) {
        parts_.outbox.clear("cannot_settle");
    }
}

void TaskLife::settle_one(ActiveTask& active) {
    TaskRow& row = active.row;
    const bool delete_done = parts_.config.service.originals == "delete";
    while (settle_original(parts_.folders, spool_sync_, row, delete_done) == MovedOriginal::name_taken) {
        std::string next = free_original_name(parts_.folders, row);
        Transaction transaction(parts_.store.database());
        parts_.store.update_original(row.id, next);
        transaction.commit();
        row.original = std::move(next);
    }
}

// --- sync, commit, tell ------------------------------------------------------------------------------------

void TaskLife::flush() {
    try {
        spool_sync_.flush();
        if (results_sync_) {
            results_sync_->flush();
        }
    } catch (const fs::FsError&) {
        after_sync(Durable::sync_each);
        throw;
    }
    after_sync(Durable::yes);
}

void TaskLife::after_sync(Durable durable) {
    for (auto publishing = syncing_.rbegin(); publishing != syncing_.rend(); ++publishing) {
        publishing->durable = durable;
        to_publish_.push_front(std::move(*publishing));
    }
    syncing_.clear();
}

void TaskLife::commit() {
    if (claims_.empty() && to_record_.empty() && attempts_.empty() && settled_.empty()) {
        return;
    }
    Transaction transaction(parts_.store.database());
    for (const TaskRow& row : claims_) {
        parts_.store.insert(row, TaskEvent::accept);
    }
    for (const Recording& recording : to_record_) {
        parts_.store.update(active_.at(recording.id).row, recording.event);
    }
    for (Attempt& attempt : attempts_) {
        TaskRow row = active_.at(attempt.id).row;
        for (const TaskError& error : attempt.errors) {
            row.history = with_error(row.history, error, attempt.attempts);
        }
        parts_.store.update_attempts(attempt.id, attempt.attempts, row.history);
    }
    for (const TaskId& id : settled_) {
        parts_.store.update(active_.at(id).row, TaskEvent::settle);
    }
    transaction.commit();
}

void TaskLife::conclude() {
    for (const Attempt& attempt : std::exchange(attempts_, {})) {
        TaskRow& row = active_.at(attempt.id).row;
        row.attempts = std::max(row.attempts, attempt.attempts);
        for (const TaskError& error : attempt.errors) {
            row.history = with_error(row.history, error, attempt.attempts);
        }
        if (attempt.answer) {
            parts_.outbox.add([id = attempt.id](StorageEvents& events) { events.on_attempt_committed(id); });
        }
    }
    for (const Recording& recording : std::exchange(to_record_, {})) {
        TaskRow& row = active_.at(recording.id).row;
        row.state = next_state(row.state, recording.event).value();
        to_settle_.push_back({recording.id, {}});
    }
    announce(claims_);
    for (TaskRow& row : std::exchange(claims_, {})) {
        row.state = TaskState::queued;
        enter(std::move(row), true);
    }
    for (const TaskId& id : std::exchange(settled_, {})) {
        const auto found = active_.find(id);
        TaskRow& row = found->second.row;
        row.state = next_state(row.state, TaskEvent::settle).value();
        names_.release(row.result);
        parts_.spool.count_active(top_folder_of(row.source), -1);
        to_clean_.push_back(id);
        if (found->second.announced) {
            parts_.outbox.add([task = finished(row)](StorageEvents& events) { events.on_finished(task); });
        }
        active_.erase(found);
    }
    while (!to_clean_.empty()) {
        if (!parts_.folders.claim_folders.release(to_clean_.back())) {
            log::warning("claimed/ID/ holds files that are not ours; left",
                         {{"task", to_clean_.back().text()}});
        }
        to_clean_.pop_back();
    }
}

FinishedTask TaskLife::finished(const TaskRow& row) const {
    FinishedTask task;
    task.id = row.id;
    task.path = row.source;
    task.attempts = row.attempts;
    switch (row.state) {
        case TaskState::settled_done:
            task.state = FinalState::done;
            task.result_dir = parts_.folders.result_path(row.result);
            return task;
        case TaskState::settled_quarantined:
            task.state = FinalState::quarantined;
            break;
        default:
            task.state = FinalState::failed;
    }
    task.error = error_from_json(nlohmann::json::parse(row.error, nullptr, false));
    return task;
}

bool TaskLife::has_work() const {
    return next_time() <= Clock::now();
}

Clock::time_point TaskLife::next_time() const {
    if (parts_.disk.in_trouble()) {
        return parts_.disk.next_try();
    }
    if (!claims_.empty() || !interrupted_.empty() || !to_record_.empty() || !attempts_.empty() ||
        !settled_.empty() || !to_clean_.empty() || room_for_claims() > 0) {
        return {};
    }
    auto first = Clock::time_point::max();
    for (const Publishing& publishing : to_publish_) {
        first = std::min(first, publishing.not_before);
    }
    for (const Settling& settling : to_settle_) {
        first = std::min(first, settling.not_before);
    }
    return first;
}

bool TaskLife::will_publish(const std::string& generation) const {
    return std::any_of(to_publish_.begin(), to_publish_.end(), [&](const Publishing& publishing) {
        return generation_text(publishing.task.generation) == generation;
    });
}

bool TaskLife::is_idle() const {
    return claims_.empty() && interrupted_.empty() && to_publish_.empty() && to_record_.empty() &&
           attempts_.empty() && to_settle_.empty() && settled_.empty() && to_clean_.empty();
}

}  // namespace hrn::supervisor::storage
