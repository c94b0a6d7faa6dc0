// A worker as the dispatcher sees it: how much room it has, how a task is handed to it and asked back. Loop
// thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "shared/task_id.hpp"
#include "supervisor/workers/clock.hpp"
#include "supervisor/workers/held_tasks.hpp"

namespace hrn::supervisor {

class WorkerPort {
public:
    virtual ~WorkerPort() = default;
    [[nodiscard]] virtual int index() const = 0;
    // How many more tasks it may be given now; 0 unless it is serving.
    [[nodiscard]] virtual std::size_t room() const = 0;
    // It serves, or is being started or restarted: tasks may be kept for it.
    [[nodiscard]] virtual bool will_serve() const = 0;
    [[nodiscard]] virtual std::size_t held_count() const = 0;
    // false: it could not be handed over, and the worker takes no more.
    [[nodiscard]] virtual bool give(const TaskId& id, std::uint32_t attempt, std::uint64_t image_bytes,
                                    bool solo, TimePoint now) = 0;
    // The most tasks that it computes at once.
    [[nodiscard]] virtual std::size_t batch_size() const = 0;
    // What it holds, in the order in which it was given.
    [[nodiscard]] virtual std::span<const HeldOrder> held_orders() const = 0;
    // Since when it has been computing the first of them, as far as its reports tell.
    [[nodiscard]] virtual TimePoint computing_since() const = 0;
    // Asks it to give a task back that it has not begun; it stays held until the worker's report. false: it
    // was not asked (no such task, asked before, runs alone, no room for orders).
    virtual bool take_back(const TaskId& id, TimePoint now) = 0;
    // Wakes the worker once for all that was given.
    virtual void flush() = 0;
};

}  // namespace hrn::supervisor
