// The line of the tasks that may be given to a worker now. First those that were bumped; then the folder
// classes share the turns ([scheduling] classes): each has a clock that runs on by 1/share with every turn it
// gets, and the one whose clock is behind is next (stride scheduling). A class that was empty starts at the
// present, so it neither saves turns up nor waits for what others had before. Within a class: the oldest, or
// the dearest, as the policy asks.
//
// Bounded waiting: while a class with share s has tasks, at most sum(other shares)/s + (number of classes)
// turns pass between two of its own.
//
// Pure bookkeeping, O(log n + classes) a call. Owned by the task table; loop thread.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <unordered_map>
#include <utility>
#include <vector>

#include "shared/task_id.hpp"
#include "supervisor/storage/folder_classes.hpp"

namespace hrn::supervisor {

class TurnQueue {
public:
    enum class Pick : std::uint8_t { oldest, dearest };

    struct Turn {
        std::int64_t order = 0;  // smaller is older
        std::string top_folder;
        double cost = 0;      // estimated, in any unit that is the same for all
        bool bumped = false;  // by a command: before all that are not
    };

    // New shares; the line stays.
    void set_classes(const std::vector<FolderClass>& classes);

    void add(const TaskId& id, Turn turn);  // at most once
    void remove(const TaskId& id);          // nothing if it is not in the line
    void set_cost(const TaskId& id, double cost);
    // Its turn is being used: its class pays, and it leaves the line.
    void serve(const TaskId& id);

    [[nodiscard]] std::optional<TaskId> next(Pick pick) const;
    [[nodiscard]] bool contains(const TaskId& id) const { return turns_.contains(id); }
    [[nodiscard]] std::size_t size() const { return turns_.size(); }
    [[nodiscard]] bool empty() const { return turns_.empty(); }
    // Everything in the line, oldest first.
    [[nodiscard]] std::vector<TaskId> all() const;
    // What has joined the line since the last call, oldest first.
    [[nodiscard]] std::vector<TaskId> take_arrivals();

private:
    using Age = std::pair<std::int64_t, TaskId>;
    using Dearness = std::tuple<double, std::int64_t, TaskId>;  // -cost, order, id
    struct Class {
        double share = 1;
        double clock = 0;
        std::set<Age> by_age;
        std::set<Dearness> by_cost;
    };
    struct Entry {
        Turn turn;
        std::size_t home = 0;  // index of its class
    };
    void enter(const TaskId& id, Entry& entry);
    void leave(const TaskId& id, const Entry& entry);
    [[nodiscard]] const Class* next_class() const;

    FolderClasses folders_;
    std::vector<Class> classes_{Class{}};
    double present_ = 0;  // the clock of the class that was served last, before that
    std::set<Age> bumped_;
    std::unordered_map<TaskId, Entry, TaskIdHash> turns_;
    std::vector<Age> arrivals_;
};

}  // namespace hrn::supervisor
