#include "supervisor/loop/dispatcher.hpp"

#include <algorithm>
#include <utility>

namespace hrn::supervisor {

Dispatcher::Dispatcher(TaskTable& table, DispatchGate& gate, Commit commit, Started started)
    : table_(table), gate_(gate), commit_(std::move(commit)), started_(std::move(started)) {}

void Dispatcher::run(TimePoint now) {
    std::size_t allowance = gate_.allowance(now, table_.running() - table_.finishing());
    if (allowance == 0) {
        return;
    }
    give_suspect();
    loads_.clear();
    for (const WorkerPort* worker : workers_) {
        if (worker->index() != reserved_) {
            loads_.push_back({worker->index(), worker->held_count(), worker->room()});
        }
    }
    while (allowance > 0) {
        TaskEntry* entry = table_.next();
        if (entry == nullptr || loads_.empty()) {
            break;
        }
        const std::optional<std::size_t> position = policy_->choose(loads_);
        if (!position) {
            break;
        }
        WorkerLoad& load = loads_[*position];
        WorkerPort* worker = find(load.index);
        if (!worker->give(entry->task.id, entry->attempt(), entry->task.image_bytes, false, now)) {
            load.room = 0;
            continue;
        }
        ++load.held;
        --load.room;
        --allowance;
        table_.start_running(*entry, load.index, now);
        started_(*entry);
    }
    for (WorkerPort* worker : workers_) {
        worker->flush();
    }
}

void Dispatcher::give_suspect() {
    if (!table_.any_suspect() && !table_.solo_under_way()) {
        reserved_ = -1;
        return;
    }
    // A trial during the machine's trouble is any other task's first.
    if (table_.solo_under_way() || (gate_.in_trouble() && table_.next() != nullptr)) {
        return;
    }
    WorkerPort* worker = reserve_worker();
    if (worker != nullptr && worker->held_count() == 0 && worker->room() > 0) {
        TaskEntry* entry = table_.next_suspect();
        table_.start_committing(*entry);
        commit_(*entry);
    }
}

// The one reserved already while it serves, else the one that will be empty first.
WorkerPort* Dispatcher::reserve_worker() {
    WorkerPort* best = find(reserved_);
    if (best != nullptr && (best->room() > 0 || best->held_count() > 0)) {
        return best;
    }
    best = nullptr;
    for (WorkerPort* worker : workers_) {
        const bool serves = worker->room() > 0 || worker->held_count() > 0;
        if (serves && (best == nullptr || worker->held_count() < best->held_count())) {
            best = worker;
        }
    }
    reserved_ = best != nullptr ? best->index() : -1;
    return best;
}

void Dispatcher::attempt_committed(const TaskId& id, TimePoint now) {
    TaskEntry* entry = table_.find(id);
    if (entry == nullptr || entry->phase != TaskPhase::committing) {
        return;  // cancelled meanwhile
    }
    WorkerPort* worker = find(reserved_);
    const bool may = gate_.allowance(now, 0) > 0 && !entry->task.held;
    if (may && worker != nullptr && worker->held_count() == 0 && worker->room() > 0 &&
        worker->give(id, entry->attempt(), entry->task.image_bytes, true, now)) {
        table_.start_running(*entry, worker->index(), now);
        started_(*entry);
        worker->flush();
        return;
    }
    // That worker died meanwhile, or nothing may run now: its turn comes again.
    table_.requeue(*entry);
}

WorkerPort* Dispatcher::find(int index) const {
    const auto found = std::find_if(workers_.begin(), workers_.end(),
                                    [&](const WorkerPort* worker) { return worker->index() == index; });
    return found == workers_.end() ? nullptr : *found;
}

}  // namespace hrn::supervisor
