#include "supervisor/storage/task_life.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "shared/log.hpp"
#include "shared/text.hpp"
#include "supervisor/storage/settle.hpp"

namespace hrn::supervisor::storage {

QueuedTask queued_task(const TaskRow& row) {
    return {row.id,          row.priority,
            row.attempts,    row.state == TaskState::held,
            row.image_bytes, top_folder_of(row.source)};
}

TaskLife::TaskLife(const Parts& parts) : parts_(parts), spool_sync_(parts.folders.spool.get()) {
    if (!parts_.folders.results_share_file_system()) {
        results_sync_.emplace(parts_.folders.results.get());
    }
}

// --- start-up ----------------------------------------------------------------------------------------------

Recovery TaskLife::recover() {
    next_priority_ = 1;
    RecoveredTasks recovered = recover_everything(parts_.folders, parts_.store, names_, next_priority_);
    Recovery counts = recovered.counts;
    take_in(std::move(recovered));
    return counts;
}

void TaskLife::take_in(RecoveredTasks recovered) {
    announce(recovered.queued);
    for (TaskRow& row : recovered.queued) {
        enter(std::move(row), true);
    }
    for (TaskRow& row : recovered.to_settle) {
        to_settle_.push_back({row.id, {}});
        enter(std::move(row), false);
    }
}

void TaskLife::enter(TaskRow row, bool announced) {
    parts_.spool.count_active(top_folder_of(row.source), 1);
    const TaskId id = row.id;
    active_[id] = {std::move(row), announced, !announced};
}

void TaskLife::announce(const std::vector<TaskRow>& rows) {
    if (rows.empty()) {
        return;
    }
    std::vector<QueuedTask> queued;
    queued.reserve(rows.size());
    for (const TaskRow& row : rows) {
        queued.push_back(queued_task(row));
    }
    parts_.outbox.add([queued = std::move(queued)](StorageEvents& events) { events.on_queued(queued); });
}

// --- the loop's requests -----------------------------------------------------------------------------------

TaskLife::ActiveTask* TaskLife::find_ready(const TaskId& id, const char* what) {
    const auto found = active_.find(id);
    if (found == active_.end() || found->second.ending) {
        log::error("internal: the loop ended a task that is not under way",
                   {{"task", id.text()}, {"how", what}});
        return nullptr;
    }
    return &found->second;
}

void TaskLife::finish_done(DoneTask task) {
    if (ActiveTask* active = find_ready(task.id, "done")) {
        active->ending = true;
        to_publish_.push_back({std::move(task), {}});
    }
}

void TaskLife::finish_failed(const FailedTask& task) {
    ActiveTask* active = find_ready(task.id, "failed");
    if (active == nullptr) {
        return;
    }
    active->ending = true;
    TaskRow& row = active->row;
    row.attempts = task.attempts;
    row.worker = task.worker;
    row.device = task.device;
    row.seconds = task.seconds;
    row.finished_ms = unix_milliseconds_now();
    row.error = error_json(task.error);
    to_record_.push_back(
        {task.id, task.quarantined ? TaskEvent::record_quarantined : TaskEvent::record_failed});
}

void TaskLife::commit_attempt(const TaskId& id, std::uint32_t attempts, std::vector<TaskError> errors,
                              bool answer) {
    if (find_ready(id, "attempt") != nullptr) {
        attempts_.push_back({id, attempts, std::move(errors), answer});
    }
}

// --- commands ----------------------------------------------------------------------------------------------

bool TaskLife::is_waiting_for_dispatch(const TaskId& id) const {
    const auto found = active_.find(id);
    return found != active_.end() && !found->second.ending;
}

void TaskLife::set_held(const std::vector<TaskId>& ids, bool held) {
    Transaction transaction(parts_.store.database());
    std::vector<std::pair<TaskRow*, TaskState>> changed;
    for (const TaskId& id : ids) {
        TaskRow& row = active_.at(id).row;
        changed.emplace_back(&row, parts_.store.update(row, held ? TaskEvent::hold : TaskEvent::release));
    }
    transaction.commit();
    for (const auto& [row, state] : changed) {
        row->state = state;
        parts_.outbox.add([task = queued_task(*row)](StorageEvents& events) { events.on_changed(task); });
    }
}

void TaskLife::bump(const std::vector<TaskId>& ids) {
    std::int64_t priority = parts_.store.lowest_priority() - static_cast<std::int64_t>(ids.size());
    Transaction transaction(parts_.store.database());
    std::vector<std::pair<TaskRow*, std::int64_t>> changed;
    for (const TaskId& id : ids) {
        parts_.store.update_priority(id, priority);
        changed.emplace_back(&active_.at(id).row, priority++);
    }
    transaction.commit();
    for (const auto& [row, value] : changed) {
        row->priority = value;
        parts_.outbox.add([task = queued_task(*row)](StorageEvents& events) { events.on_changed(task); });
    }
}

std::vector<TaskId> TaskLife::retry(std::vector<TaskRow> rows) {
    {
        Transaction transaction(parts_.store.database());
        for (TaskRow& row : rows) {
            row.state = parts_.store.update(row, TaskEvent::retry);
        }
        transaction.commit();
    }
    // From here on start-up would finish it, and so does recover_some if this is cut short.
    try {
        parts_.folders.begin_group();
        spool_sync_.begin(rows.size());
        std::vector<bool> fetched;
        fetched.reserve(rows.size());
        for (const TaskRow& row : rows) {
            fetched.push_back(fetch_original_back(parts_.folders, spool_sync_, row));
        }
        spool_sync_.flush();
        std::vector<TaskRow> queued;
        std::vector<TaskId> ids;
        Transaction transaction(parts_.store.database());
        for (std::size_t i = 0; i < rows.size(); ++i) {
            TaskRow& row = rows[i];
            if (!fetched[i]) {
                parts_.store.update(row, TaskEvent::retry_abandon);
                continue;
            }
            remove_error_file(parts_.folders, row);
            begin_again(row);
            row.priority = next_priority_++;
            if (!names_.adopt(row.result)) {
                row.result = reserve_name(parts_.folders, names_, row.source, row.id);
            }
            row.state = parts_.store.update(row, TaskEvent::retry_ready);
            ids.push_back(row.id);
            queued.push_back(row);
        }
        transaction.commit();
        announce(queued);
        for (TaskRow& row : queued) {
            enter(std::move(row), true);
        }
        return ids;
    } catch (...) {
        for (const TaskRow& row : rows) {
            interrupted_.push_back(row.id);
        }
        throw;
    }
}

}  // namespace hrn::supervisor::storage
