// Requests that are answered when something has happened: `wait` and `submitted` (docs/control-protocol.md).
// Each is looked at a few times a second until it is satisfied, its time is over or its client is gone.
//
// Loop thread. The number of waiters is bounded by the number of clients: one request each.
#pragma once

#include <cstdint>
#include <list>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <boost/asio/steady_timer.hpp>

#include "shared/task_id.hpp"
#include "supervisor/control/reply.hpp"
#include "supervisor/workers/clock.hpp"

namespace hrn::supervisor {

class Supervisor;

// One that waits.
class Waiter {
public:
    virtual ~Waiter() = default;
    // true: it was answered (or nobody wants it any more) and is done with.
    [[nodiscard]] virtual bool look(TimePoint now) = 0;
};

class Waiters {
public:
    explicit Waiters(Supervisor& supervisor);
    ~Waiters();

    // Everything: until nothing waits, is queued or runs.
    void wait_for_idle(const Reply& reply, double timeout_seconds);
    // These, whole ids known to the store.
    void wait_for_tasks(const Reply& reply, std::vector<TaskId> ids, double timeout_seconds);
    // Until the end of each queued one is durable; {cancelled, running}, `running` being those that a worker
    // still computes.
    void wait_for_cancelled(const Reply& reply, std::vector<TaskId> ids);
    struct Path {
        std::string bytes;  // below incoming/
    };
    void wait_for_paths(const Reply& reply, std::vector<Path> paths, std::int64_t since_ms,
                        double timeout_seconds);

private:
    void add(std::shared_ptr<Waiter> waiter);
    void arm();

    Supervisor& supervisor_;
    boost::asio::steady_timer timer_;
    std::list<std::shared_ptr<Waiter>> waiters_;
    bool armed_ = false;
};

}  // namespace hrn::supervisor
