// When old things are thrown away (design.md 4, [retention]): what `clean` asks for at once, what
// [retention] asks for at the start, after a reload and every ten minutes; a step a turn, behind the tasks.
// How it is done is clean_walk.hpp's and results_limit.hpp's.
//
// Owned by the storage thread. A disk in trouble ends a walk: a client is told, retention tries again later.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>

#include "supervisor/storage/clean_walk.hpp"
#include "supervisor/storage/disk_watch.hpp"
#include "supervisor/storage/outbox.hpp"
#include "supervisor/storage/results_limit.hpp"

namespace hrn::supervisor::storage {

class Janitor {
public:
    // All outlive this object; the configuration may change between two calls.
    struct Parts {
        Folders& folders;
        TaskStore& store;
        Generations& generations;
        DiskWatch& disk;
        Outbox& outbox;
        const Config::Retention& config;
    };
    explicit Janitor(const Parts& parts) : parts_(parts) {}

    // A client's request; answered {"tasks", "bytes"} when all is gone.
    void clean(CleanWalk::What what, std::int64_t before_ms, const JsonCallback& done);
    // The next round of [retention] begins now.
    void look_now() { next_round_ = {}; }

    void work();
    [[nodiscard]] Clock::time_point next_time() const;

private:
    struct Job {
        CleanWalk walk;
        JsonCallback done;  // empty: nobody asked, it is [retention]'s
    };
    void begin_round();
    void finish_job();
    void step_limit();
    [[nodiscard]] bool under_way() const { return !jobs_.empty() || limit_.has_value(); }

    Parts parts_;
    std::deque<Job> jobs_;
    std::optional<ResultsLimit> limit_;
    Clock::time_point next_round_{};
};

}  // namespace hrn::supervisor::storage
