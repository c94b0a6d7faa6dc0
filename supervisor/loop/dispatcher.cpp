#include "supervisor/loop/dispatcher.hpp"

#include <algorithm>
#include <utility>

#include "supervisor/loop/recall.hpp"

namespace hrn::supervisor {

Dispatcher::Dispatcher(TaskTable& table, const CostBook& costs, DispatchGate& gate, Commit commit,
                       Started started)
    : table_(table), costs_(costs), gate_(gate), commit_(std::move(commit)), started_(std::move(started)) {
    set_policy("dynamic");
}

void Dispatcher::set_policy(const std::string& name) {
    if (name == policy_name_) {
        return;  // a reload that changes something else: shares stay as they are
    }
    policy_ = make_policy(name, *this);
    policy_name_ = name;
    new_policy_ = true;
}

void Dispatcher::run(TimePoint now) {
    const std::size_t allowance = gate_.allowance(now, table_.running() - table_.finishing());
    if (allowance == 0) {
        return;
    }
    give_suspect();
    look_at_loads(now);
    std::vector<TaskId> arrivals = table_.take_arrivals();
    if (std::exchange(new_policy_, false)) {
        arrivals = table_.turns().all();
    }
    policy_->begin_round(arrivals, loads_);
    give_in_turn(allowance, now);
    if (table_.turns().empty() && policy_->takes_back() && !gate_.in_trouble()) {
        take_back(now);
    }
    for (WorkerPort* worker : workers_) {
        worker->flush();
    }
}

void Dispatcher::look_at_loads(TimePoint now) {
    loads_.clear();
    by_load_.clear();
    for (WorkerPort* worker : workers_) {
        if (worker->index() != reserved_) {
            loads_.push_back({worker->index(), worker->held_count(), worker->batch_size(), worker->room(),
                              worker->will_serve(), policy_->uses_costs() ? backlog_of(*worker, now) : 0});
            by_load_.push_back(worker);
        }
    }
}

void Dispatcher::give_in_turn(std::size_t allowance, TimePoint now) {
    while (allowance > 0 && !table_.turns().empty()) {
        const std::optional<DispatchPolicy::Choice> choice = policy_->choose(table_.turns(), loads_);
        if (!choice) {
            return;
        }
        TaskEntry& entry = *table_.find(choice->task);
        WorkerLoad& load = loads_[choice->worker];
        if (!by_load_[choice->worker]->give(entry.task.id, entry.attempt(), entry.task.image_bytes, false,
                                            now)) {
            load.room = 0;
            continue;
        }
        ++load.held;
        --load.room;
        --allowance;
        if (policy_->uses_costs()) {
            load.backlog += seconds_on(load.index, entry.task.id);
        }
        table_.start_running(entry, load.index, now);
        started_(entry);
    }
}

// The line is empty. Cheap where nobody holds more than a batch, which is the usual case of an idle service.
void Dispatcher::take_back(TimePoint now) {
    const bool anything = std::any_of(by_load_.begin(), by_load_.end(), [](const WorkerPort* worker) {
        return worker->held_count() > worker->batch_size();
    });
    const bool anybody = std::any_of(by_load_.begin(), by_load_.end(),
                                     [](const WorkerPort* worker) { return worker->room() > 0; });
    if (!anything || !anybody) {
        return;
    }
    std::vector<Holder> holders;
    for (std::size_t i = 0; i < by_load_.size(); ++i) {
        const WorkerPort& worker = *by_load_[i];
        if (worker.room() > 0 || worker.held_count() > 0) {
            holders.push_back({worker.index(), worker.batch_size(), worker.room(), worker.held_orders(),
                               loads_[i].backlog});
        }
    }
    const CostSource* costs = policy_->uses_costs() ? this : nullptr;
    for (const Recall& recall : plan_recalls(holders, costs, now)) {
        find(recall.worker)->take_back(recall.task, now);
    }
}

double Dispatcher::seconds_on(int worker, const TaskId& task) const {
    const TaskEntry* entry = std::as_const(table_).find(task);
    return costs_.seconds_on(worker, entry != nullptr ? entry->estimate : Estimate{});
}

// What it holds, less the time that it has already spent on the first.
double Dispatcher::backlog_of(const WorkerPort& worker, TimePoint now) const {
    double sum = 0, first = 0;
    for (const HeldOrder& order : worker.held_orders()) {
        const double seconds = seconds_on(worker.index(), order.id);
        first = sum == 0 ? seconds : first;
        sum += seconds;
    }
    return sum > 0 ? sum - std::min(first, to_seconds(now - worker.computing_since())) : 0;
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
