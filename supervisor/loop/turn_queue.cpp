#include "supervisor/loop/turn_queue.hpp"

#include <algorithm>

namespace hrn::supervisor {

void TurnQueue::set_classes(const std::vector<FolderClass>& classes) {
    folders_ = FolderClasses(classes);
    present_ = 0;
    classes_.assign(folders_.size(), Class{});
    for (std::size_t i = 0; i < classes_.size(); ++i) {
        classes_[i].share = folders_.share_at(i);
    }
    for (auto& [id, entry] : turns_) {
        if (!entry.turn.bumped) {
            enter(id, entry);
        }
    }
}

void TurnQueue::add(const TaskId& id, Turn turn) {
    const auto [place, inserted] = turns_.try_emplace(id);
    if (!inserted) {
        return;
    }
    place->second.turn = std::move(turn);
    enter(id, place->second);
    arrivals_.emplace_back(place->second.turn.order, id);
}

void TurnQueue::remove(const TaskId& id) {
    const auto found = turns_.find(id);
    if (found != turns_.end()) {
        leave(id, found->second);
        turns_.erase(found);
    }
}

void TurnQueue::set_cost(const TaskId& id, double cost) {
    const auto found = turns_.find(id);
    if (found != turns_.end() && found->second.turn.cost != cost) {
        leave(id, found->second);
        found->second.turn.cost = cost;
        enter(id, found->second);
    }
}

void TurnQueue::serve(const TaskId& id) {
    const auto found = turns_.find(id);
    if (found == turns_.end()) {
        return;
    }
    // Who was bumped jumps the line at nobody's expense but the waiting of the others.
    if (!found->second.turn.bumped) {
        Class& home = classes_[found->second.home];
        present_ = std::max(present_, home.clock);
        home.clock += 1 / home.share;
    }
    remove(id);
}

std::optional<TaskId> TurnQueue::next(Pick pick) const {
    if (!bumped_.empty()) {
        return bumped_.begin()->second;
    }
    const Class* chosen = next_class();
    if (chosen == nullptr) {
        return std::nullopt;
    }
    return pick == Pick::oldest ? chosen->by_age.begin()->second : std::get<2>(*chosen->by_cost.begin());
}

const TurnQueue::Class* TurnQueue::next_class() const {
    const Class* best = nullptr;
    const auto before = [](const Class& a, const Class& b) {
        return std::tuple(a.clock, -a.share, *a.by_age.begin()) <
               std::tuple(b.clock, -b.share, *b.by_age.begin());
    };
    for (const Class& one : classes_) {
        if (!one.by_age.empty() && (best == nullptr || before(one, *best))) {
            best = &one;
        }
    }
    return best;
}

std::vector<TaskId> TurnQueue::all() const {
    std::vector<Age> ages;
    ages.reserve(turns_.size());
    for (const auto& [id, entry] : turns_) {
        ages.emplace_back(entry.turn.order, id);
    }
    std::sort(ages.begin(), ages.end());
    std::vector<TaskId> ids;
    ids.reserve(ages.size());
    for (const Age& age : ages) {
        ids.push_back(age.second);
    }
    return ids;
}

std::vector<TaskId> TurnQueue::take_arrivals() {
    std::sort(arrivals_.begin(), arrivals_.end());
    std::vector<TaskId> ids;
    for (const Age& age : std::exchange(arrivals_, {})) {
        if (turns_.contains(age.second)) {
            ids.push_back(age.second);
        }
    }
    return ids;
}

void TurnQueue::enter(const TaskId& id, Entry& entry) {
    const Turn& turn = entry.turn;
    if (turn.bumped) {
        bumped_.emplace(turn.order, id);
        return;
    }
    entry.home = folders_.index_of(turn.top_folder);
    Class& home = classes_[entry.home];
    if (home.by_age.empty()) {
        home.clock = std::max(home.clock, present_);
    }
    home.by_age.emplace(turn.order, id);
    home.by_cost.emplace(-turn.cost, turn.order, id);
}

void TurnQueue::leave(const TaskId& id, const Entry& entry) {
    const Turn& turn = entry.turn;
    if (turn.bumped) {
        bumped_.erase({turn.order, id});
        return;
    }
    Class& home = classes_[entry.home];
    home.by_age.erase({turn.order, id});
    home.by_cost.erase({-turn.cost, turn.order, id});
}

}  // namespace hrn::supervisor
