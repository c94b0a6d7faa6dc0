// Which task goes to which worker next ([scheduling] policy). A policy sees the line of tasks
// (turn_queue.hpp: folder classes and commands are in it already) and the workers' loads. Exclusions
// (suspects, held tasks, reserved workers) are the dispatcher's; taking tasks back is recall.hpp's. Pure;
// loop thread.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "supervisor/loop/cost_book.hpp"
#include "supervisor/loop/turn_queue.hpp"

namespace hrn::supervisor {

struct WorkerLoad {
    int index = 0;
    std::size_t held = 0;
    std::size_t batch = 1;   // the most that it computes at once
    std::size_t room = 0;    // how many more it may be given now
    bool will_serve = true;  // serves, or is being started
    double backlog = 0;      // predicted seconds until it has nothing left; for policies that use costs
};

class DispatchPolicy {
public:
    virtual ~DispatchPolicy() = default;
    // Does it need WorkerLoad::backlog?
    [[nodiscard]] virtual bool uses_costs() const { return false; }
    // May what a worker has not begun be taken back and given to an idle one?
    [[nodiscard]] virtual bool takes_back() const { return true; }
    // Once a round: what has joined the line since the last one (at the first: all that is in it).
    virtual void begin_round(std::span<const TaskId> arrivals, std::span<const WorkerLoad> workers);

    struct Choice {
        TaskId task;         // in the line
        std::size_t worker;  // a position in `workers` whose room is not 0
    };
    // Nothing: whatever is left in the line waits. Asked again after each task that was given out.
    [[nodiscard]] virtual std::optional<Choice> choose(const TurnQueue& line,
                                                       std::span<const WorkerLoad> workers) = 0;
};

// The policy of that name (the configuration allows no other). `costs` outlives it.
[[nodiscard]] std::unique_ptr<DispatchPolicy> make_policy(const std::string& name, const CostSource& costs);

}  // namespace hrn::supervisor
