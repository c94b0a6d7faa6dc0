// Is a worker still making progress? (design.md 6 "Heartbeat"). Time-outs run by the supervisor's clock from
// what it saw: a thread's counter that stands still inside a stage, a task that has been under way too long,
// a worker that holds tasks and does nothing, a load that does not end.
//
// Pure: looks at copies of a worker's counters, time comes in as an argument. One per running process; loop
// thread. It only tells; worker.cpp kills.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "shared/config.hpp"
#include "shared/slots.hpp"
#include "supervisor/workers/clock.hpp"
#include "supervisor/workers/culprit.hpp"

namespace hrn::supervisor {

class Health {
public:
    explicit Health(TimePoint started) : load_began_(started), last_activity_(started) {}

    // The load's clock: stopped while the worker says that it waits for device memory, and once it is ready.
    void load_begins(TimePoint now) { load_began_ = now; }
    void load_pauses() { load_began_.reset(); }
    void loaded(TimePoint now) {
        load_began_.reset();
        last_activity_ = now;
    }
    // An order was pushed into an idle worker, or a report came.
    void activity(TimePoint now) { last_activity_ = now; }

    struct Finding {
        KillReason reason = KillReason::none;
        // of stage_timeout: the threads that stand still. More than one where the whole process does.
        std::vector<int> threads;
        std::optional<TaskId> task;
        std::string text;
    };
    // `held`: ids that the supervisor's table says this worker holds.
    [[nodiscard]] Finding check(TimePoint now, const SegmentView& view, const std::vector<TaskId>& held,
                                const Config::Limits& limits);

private:
    struct ThreadWatch {
        std::uint64_t progress = 0;
        Stage stage = Stage::none;
        std::uint64_t thread_id = 0;
        TimePoint since{};
    };
    // In a stage, and without progress for longer than `limit`.
    [[nodiscard]] static bool stands_still(const ThreadWatch& thread, TimePoint now, Duration limit);
    [[nodiscard]] std::vector<int> standing_still(TimePoint now, Duration limit) const;
    void watch_threads(TimePoint now, const SegmentView& view);
    void watch_tasks(TimePoint now, const SegmentView& view, const std::vector<TaskId>& held);

    std::optional<TimePoint> load_began_;
    TimePoint last_activity_;
    std::array<ThreadWatch, kMaxThreads> threads_{};
    std::unordered_map<TaskId, TimePoint, TaskIdHash> first_seen_in_stage_;
};

}  // namespace hrn::supervisor
