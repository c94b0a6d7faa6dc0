// Which tasks should a worker give back, so that no device sits idle while another holds more than one undone
// batch? Planned when the line is empty: what the workers were given ahead is then all that is left to share.
// The worker decides (it may have begun the task meanwhile) and answers by a report; until then the task is
// still the worker's (docs/design/scheduling.md).
//
// Only tasks behind a worker's first batch are asked for, the last given first. Two rules: by number (a
// worker with less than a batch gets from the one that holds most), and, where costs are known, by time (a
// task that another worker would finish clearly sooner). Pure; loop thread.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "supervisor/loop/cost_book.hpp"
#include "supervisor/workers/clock.hpp"
#include "supervisor/workers/held_tasks.hpp"

namespace hrn::supervisor {

// A worker that serves.
struct Holder {
    int index = 0;
    std::size_t batch = 1;
    std::size_t room = 0;
    std::span<const HeldOrder> orders;  // in the order in which they were given
    double backlog = 0;                 // predicted seconds; with costs only
};

struct Recall {
    int worker = 0;
    TaskId task;
};

// An order that was asked for so long ago, and is still there, was begun.
inline constexpr std::chrono::milliseconds kAnswerTime{100};

// `costs`: nullptr for policies that know none.
[[nodiscard]] std::vector<Recall> plan_recalls(std::span<const Holder> holders, const CostSource* costs,
                                               TimePoint now);

}  // namespace hrn::supervisor
