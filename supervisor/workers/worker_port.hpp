// A worker as the dispatcher sees it: how much room it has, and how a task is handed to it. Loop thread.
#pragma once

#include <cstddef>
#include <cstdint>

#include "shared/task_id.hpp"
#include "supervisor/workers/clock.hpp"

namespace hrn::supervisor {

class WorkerPort {
public:
    virtual ~WorkerPort() = default;
    [[nodiscard]] virtual int index() const = 0;
    // How many more tasks it may be given now; 0 unless it is serving.
    [[nodiscard]] virtual std::size_t room() const = 0;
    [[nodiscard]] virtual std::size_t held_count() const = 0;
    // false: it could not be handed over, and the worker takes no more.
    [[nodiscard]] virtual bool give(const TaskId& id, std::uint32_t attempt, std::uint64_t image_bytes,
                                    bool solo, TimePoint now) = 0;
    // Wakes the worker once for all that was given.
    virtual void flush() = 0;
};

}  // namespace hrn::supervisor
