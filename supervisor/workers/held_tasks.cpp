#include "supervisor/workers/held_tasks.hpp"

#include <algorithm>

namespace hrn::supervisor {

void HeldTasks::add(const HeldOrder& order, TimePoint now) {
    if (orders_.empty()) {
        busy_since_ = now;
    }
    orders_.push_back(order);
}

std::optional<HeldOrder> HeldTasks::remove(const TaskId& id, std::uint32_t attempt, TimePoint now) {
    const auto found = std::find_if(orders_.begin(), orders_.end(), [&](const HeldOrder& order) {
        return order.id == id && order.attempt == attempt;
    });
    if (found == orders_.end()) {
        return std::nullopt;
    }
    const HeldOrder order = *found;
    orders_.erase(found);
    if (orders_.empty()) {
        busy_ += now - busy_since_;
    }
    return order;
}

void HeldTasks::clear(TimePoint now) {
    if (!orders_.empty()) {
        orders_.clear();
        busy_ += now - busy_since_;
    }
}

bool HeldTasks::mark_asked_back(const TaskId& id, TimePoint now) {
    const auto found =
        std::find_if(orders_.begin(), orders_.end(), [&](const HeldOrder& order) { return order.id == id; });
    if (found == orders_.end() || found->solo || found->asked_back) {
        return false;
    }
    found->asked_back = now;
    return true;
}

const HeldOrder* HeldTasks::find(const TaskId& id) const {
    const auto found =
        std::find_if(orders_.begin(), orders_.end(), [&](const HeldOrder& order) { return order.id == id; });
    return found == orders_.end() ? nullptr : &*found;
}

std::vector<TaskId> HeldTasks::ids() const {
    std::vector<TaskId> ids;
    ids.reserve(orders_.size());
    for (const HeldOrder& order : orders_) {
        ids.push_back(order.id);
    }
    return ids;
}

bool HeldTasks::has_solo() const {
    return std::any_of(orders_.begin(), orders_.end(), [](const HeldOrder& order) { return order.solo; });
}

Duration HeldTasks::busy(TimePoint now) const {
    return busy_ + (orders_.empty() ? Duration{} : now - busy_since_);
}

}  // namespace hrn::supervisor
