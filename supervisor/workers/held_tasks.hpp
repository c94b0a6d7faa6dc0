// What the supervisor's own table says that one worker holds (design.md 6: shared memory only tells the
// stage). Bounded by the capacity of the order ring. Loop thread; pure.
#pragma once

#include <optional>
#include <vector>

#include "shared/task_id.hpp"
#include "supervisor/workers/clock.hpp"

namespace hrn::supervisor {

struct HeldOrder {
    TaskId id;
    std::uint32_t attempt = 0;
    bool solo = false;  // a suspect that was given to an empty worker (design.md 7)
    TimePoint given;
    std::optional<TimePoint> asked_back{};  // the worker was asked to give it back; once a stay
};

class HeldTasks {
public:
    void add(const HeldOrder& order, TimePoint now);
    // Takes a task out; nothing if it is not held with this attempt.
    std::optional<HeldOrder> remove(const TaskId& id, std::uint32_t attempt, TimePoint now);
    void clear(TimePoint now);
    // It will be asked back; false: it is not held, runs alone, or was asked back already.
    bool mark_asked_back(const TaskId& id, TimePoint now);
    [[nodiscard]] const HeldOrder* find(const TaskId& id) const;

    [[nodiscard]] const std::vector<HeldOrder>& orders() const { return orders_; }
    [[nodiscard]] std::vector<TaskId> ids() const;
    [[nodiscard]] bool empty() const { return orders_.empty(); }
    [[nodiscard]] std::size_t size() const { return orders_.size(); }
    [[nodiscard]] bool has_solo() const;
    // Time in which at least one task was held.
    [[nodiscard]] Duration busy(TimePoint now) const;

private:
    std::vector<HeldOrder> orders_;  // in the order in which they were given
    Duration busy_{};
    TimePoint busy_since_{};
};

}  // namespace hrn::supervisor
