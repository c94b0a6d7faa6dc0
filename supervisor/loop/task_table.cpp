#include "supervisor/loop/task_table.hpp"

#include <algorithm>
#include <functional>
#include <stdexcept>
#include <utility>

namespace hrn::supervisor {
namespace {

bool counts_as_running(TaskPhase phase) {
    return phase == TaskPhase::running || phase == TaskPhase::finishing;
}

bool counts_as_solo(const TaskEntry& entry, TaskPhase phase) {
    return entry.suspect && (phase == TaskPhase::committing || phase == TaskPhase::running);
}

}  // namespace

bool TaskTable::add(const QueuedTask& task, bool suspect) {
    const auto [place, inserted] = entries_.try_emplace(task.id);
    if (!inserted) {
        return false;
    }
    TaskEntry& entry = place->second;
    entry.task = task;
    entry.suspect = suspect;
    entry.estimate = Estimate::of_bytes(task.image_bytes);
    held_ += task.held ? 1 : 0;
    list(entry);
    return true;
}

TaskEntry* TaskTable::find(const TaskId& id) {
    const auto found = entries_.find(id);
    return found == entries_.end() ? nullptr : &found->second;
}

const TaskEntry* TaskTable::find(const TaskId& id) const {
    const auto found = entries_.find(id);
    return found == entries_.end() ? nullptr : &found->second;
}

void TaskTable::erase(const TaskId& id) {
    TaskEntry* entry = find(id);
    if (entry == nullptr) {
        return;
    }
    unlist(*entry);
    if (entry->phase == TaskPhase::resting) {
        std::erase_if(resting_, [&](const auto& rested) { return rested.second == id; });
    }
    running_ -= counts_as_running(entry->phase) ? 1 : 0;
    finishing_ -= entry->phase == TaskPhase::finishing ? 1 : 0;
    solo_ -= counts_as_solo(*entry, entry->phase) ? 1 : 0;
    held_ -= entry->task.held ? 1 : 0;
    entries_.erase(id);
}

void TaskTable::change(const QueuedTask& task) {
    TaskEntry* entry = find(task.id);
    if (entry == nullptr) {
        return;
    }
    unlist(*entry);
    held_ -= entry->task.held ? 1 : 0;
    held_ += task.held ? 1 : 0;
    // Commands only ever make an order smaller, and that is `bump`.
    entry->bumped = entry->bumped || task.order < entry->task.order;
    entry->task.order = task.order;
    entry->task.held = task.held;
    if (entry->phase == TaskPhase::queued) {
        list(*entry);
    }
}

TaskEntry* TaskTable::next() {
    const std::optional<TaskId> id = turns_.next(TurnQueue::Pick::oldest);
    return id ? find(*id) : nullptr;
}

TaskEntry* TaskTable::next_suspect() {
    return suspects_.empty() ? nullptr : find(suspects_.begin()->second);
}

void TaskTable::set_suspect(TaskEntry& entry, bool suspect) {
    if (entry.suspect == suspect) {
        return;
    }
    unlist(entry);
    solo_ -= counts_as_solo(entry, entry.phase) ? 1 : 0;
    entry.suspect = suspect;
    solo_ += counts_as_solo(entry, entry.phase) ? 1 : 0;
    if (entry.phase == TaskPhase::queued) {
        list(entry);
    }
}

void TaskTable::start_committing(TaskEntry& entry) {
    if (entry.phase != TaskPhase::queued || !entry.suspect) {
        throw std::logic_error("only a queued suspect has its attempt committed");
    }
    set_phase(entry, TaskPhase::committing);
}

void TaskTable::start_running(TaskEntry& entry, int worker, TimePoint now) {
    if (entry.phase != TaskPhase::queued && entry.phase != TaskPhase::committing) {
        throw std::logic_error("only a queued task is given to a worker");
    }
    entry.worker = worker;
    entry.given = now;
    turns_.serve(entry.task.id);
    set_phase(entry, TaskPhase::running);
}

void TaskTable::start_finishing(TaskEntry& entry) {
    if (entry.phase == TaskPhase::finishing) {
        throw std::logic_error("a task is finished once");
    }
    set_phase(entry, TaskPhase::finishing);
}

void TaskTable::requeue(TaskEntry& entry) {
    set_phase(entry, TaskPhase::queued);
}

void TaskTable::rest(TaskEntry& entry, TimePoint until) {
    set_phase(entry, TaskPhase::resting);
    resting_.emplace(until, entry.task.id);
}

bool TaskTable::wake_rested(TimePoint now) {
    bool any = false;
    while (!resting_.empty() && resting_.begin()->first <= now) {
        const TaskId id = resting_.begin()->second;
        resting_.erase(resting_.begin());
        TaskEntry* entry = find(id);
        if (entry != nullptr && entry->phase == TaskPhase::resting) {
            requeue(*entry);
            any = true;
        }
    }
    return any;
}

std::vector<TaskId> TaskTable::running_ids() const {
    std::vector<TaskId> ids;
    for (const auto& [id, entry] : entries_) {
        if (counts_as_running(entry.phase)) {
            ids.push_back(id);
        }
    }
    std::sort(ids.begin(), ids.end(), std::greater<>());
    return ids;
}

void TaskTable::set_phase(TaskEntry& entry, TaskPhase phase) {
    unlist(entry);
    running_ -= counts_as_running(entry.phase) ? 1 : 0;
    finishing_ -= entry.phase == TaskPhase::finishing ? 1 : 0;
    solo_ -= counts_as_solo(entry, entry.phase) ? 1 : 0;
    entry.phase = phase;
    running_ += counts_as_running(phase) ? 1 : 0;
    finishing_ += phase == TaskPhase::finishing ? 1 : 0;
    solo_ += counts_as_solo(entry, phase) ? 1 : 0;
    if (phase == TaskPhase::queued) {
        list(entry);
    }
}

void TaskTable::list(const TaskEntry& entry) {
    if (entry.task.held) {
        return;
    }
    if (entry.suspect) {
        suspects_.insert(turn_of(entry));
    } else {
        turns_.add(entry.task.id, {entry.task.order, entry.task.top_folder, entry.cost, entry.bumped});
    }
}

void TaskTable::unlist(const TaskEntry& entry) {
    if (entry.suspect) {
        suspects_.erase(turn_of(entry));
    } else {
        turns_.remove(entry.task.id);
    }
}

}  // namespace hrn::supervisor
