// What the scheduling needs to know: policy and classes in force, estimates, measured times, tasks that came
// back.
#include <algorithm>
#include <utility>

#include "supervisor/loop/supervisor.hpp"

namespace hrn::supervisor {

void Supervisor::apply_scheduling() {
    dispatcher_.set_policy(config_.scheduling.policy);
    table_.set_classes(config_.scheduling.classes);
    // The estimator runs only for a policy that asks what a task costs.
    const bool wanted = recovered_ && fleet_.opened() && !stopping_ && dispatcher_.wants_estimates();
    if (wanted && !estimation_.started()) {
        estimation_.start();
        for (const TaskId& id : table_.turns().all()) {
            estimation_.add(id);
        }
    } else if (!wanted && estimation_.started()) {
        estimation_.stop();
    }
}

std::uint64_t Supervisor::still_waiting(const TaskId& id) const {
    const TaskEntry* entry = table_.find(id);
    const bool waits = entry != nullptr && entry->phase == TaskPhase::queued;
    return waits ? std::max<std::uint64_t>(1, entry->task.image_bytes) : 0;
}

void Supervisor::estimated(const TaskId& id, const Estimate& estimate) {
    TaskEntry* entry = table_.find(id);
    if (entry == nullptr) {
        return;  // finished meanwhile
    }
    const double megabytes = entry->estimate.megabytes;
    entry->estimate = estimate;
    entry->estimate.megabytes = megabytes;
    table_.set_cost(*entry, costs_.cost(entry->estimate));
}

// What was learned moves every task of the line to its new place; rarely (CostBook::edition).
void Supervisor::recost_line() {
    for (const TaskId& id : table_.turns().all()) {
        TaskEntry& entry = *table_.find(id);
        table_.set_cost(entry, costs_.cost(entry.estimate));
    }
}

// What the device and the threads around it needed for this image alone: infer's time is the whole batch's.
void Supervisor::learn_cost(int worker, const TaskId& id, const ReportRecord& report) {
    if (const TaskEntry* entry = std::as_const(table_).find(id)) {
        double microseconds = 0;
        for (std::size_t i = 0; i < report.stage_microseconds.size(); ++i) {
            const bool shared = i == static_cast<std::size_t>(Stage::infer) && report.batch > 1;
            microseconds += report.stage_microseconds[i] / (shared ? double(report.batch) : 1.0);
        }
        const int edition = costs_.edition();
        costs_.learn(worker, entry->estimate, microseconds * 1e-6);
        if (costs_.edition() != edition && dispatcher_.wants_estimates()) {
            recost_line();
        }
    }
}

void Supervisor::on_task_returned(Worker&, const HeldOrder& order) {
    desk_.returned(order);
    schedule();
}

std::string Supervisor::on_estimate(const HeldOrder&, const ReportRecord&) {
    return "an estimate from a worker that computes";  // the estimator has a host of its own
}

}  // namespace hrn::supervisor
