#include "supervisor/storage/task_state.hpp"

namespace hrn::supervisor::storage {

namespace {

using enum TaskState;
constexpr TaskState no = TaskState::count_;  // refused

using Row = std::array<TaskState, kTaskEvents>;

// Columns: accept, hold, release, record_done, record_failed, record_quarantined, settle, retry, retry_ready,
// retry_abandon, rebuild_done, rebuild_failed, rebuild_quarantined, forget.
//
// absent + record_done: start-up found the result of a claim whose row was lost. absent + record_failed: the
// like for an original that is gone. A held task may still be done: it was running when it was held.
constexpr std::array<Row, kTaskStates> kTable = {{
    /* absent */
    {queued, no, no, done, failed, no, no, no, no, no, settled_done, settled_failed, settled_quarantined, no},
    /* queued */
    {no, held, queued, done, failed, quarantined, no, no, no, no, no, no, no, absent},
    /* held */
    {no, held, queued, done, failed, quarantined, no, no, no, no, no, no, no, absent},
    /* done */
    {no, no, no, no, no, no, settled_done, no, no, no, no, no, no, no},
    /* failed */
    {no, no, no, no, no, no, settled_failed, no, no, no, no, no, no, absent},
    /* quarantined */
    {no, no, no, no, no, no, settled_quarantined, no, no, no, no, no, no, absent},
    /* settled_done */
    {no, no, no, no, no, no, no, no, no, no, no, no, no, absent},
    /* settled_failed */
    {no, no, no, no, no, no, no, retrying_failed, no, no, no, no, no, absent},
    /* settled_quarantined */
    {no, no, no, no, no, no, no, retrying_quarantined, no, no, no, no, no, absent},
    /* retrying_failed */
    {no, no, no, done, failed, no, no, no, queued, settled_failed, no, no, no, absent},
    /* retrying_quarantined */
    {no, no, no, done, failed, quarantined, no, no, queued, settled_quarantined, no, no, no, absent},
}};

constexpr std::array<std::string_view, kTaskStates> kStateNames = {"absent",
                                                                   "queued",
                                                                   "held",
                                                                   "done",
                                                                   "failed",
                                                                   "quarantined",
                                                                   "settled_done",
                                                                   "settled_failed",
                                                                   "settled_quarantined",
                                                                   "retrying_failed",
                                                                   "retrying_quarantined"};

constexpr std::array<std::string_view, kTaskEvents> kEventNames = {"accept",
                                                                   "hold",
                                                                   "release",
                                                                   "record_done",
                                                                   "record_failed",
                                                                   "record_quarantined",
                                                                   "settle",
                                                                   "retry",
                                                                   "retry_ready",
                                                                   "retry_abandon",
                                                                   "rebuild_done",
                                                                   "rebuild_failed",
                                                                   "rebuild_quarantined",
                                                                   "forget"};

constexpr bool every_name_is_given() {
    for (const std::string_view name : kStateNames) {
        if (name.empty()) {
            return false;
        }
    }
    for (const std::string_view name : kEventNames) {
        if (name.empty()) {
            return false;
        }
    }
    return true;
}
static_assert(every_name_is_given());

// A row that an edit left too short would be filled up with `absent`; only these edges may lead there.
constexpr bool absent_is_reached_by_forget_only() {
    for (const Row& row : kTable) {
        for (std::size_t event = 0; event < kTaskEvents; ++event) {
            if (row[event] == absent && event != static_cast<std::size_t>(TaskEvent::forget)) {
                return false;
            }
        }
    }
    return true;
}
static_assert(absent_is_reached_by_forget_only());

}  // namespace

std::optional<TaskState> next_state(TaskState state, TaskEvent event) {
    const TaskState next = kTable.at(static_cast<std::size_t>(state)).at(static_cast<std::size_t>(event));
    return next == no ? std::nullopt : std::optional(next);
}

bool is_settled(TaskState state) {
    return state == settled_done || state == settled_failed || state == settled_quarantined;
}

bool is_recorded(TaskState state) {
    return state == done || state == failed || state == quarantined || is_settled(state);
}

std::string_view state_name(TaskState state) {
    return kStateNames.at(static_cast<std::size_t>(state));
}

std::string_view event_name(TaskEvent event) {
    return kEventNames.at(static_cast<std::size_t>(event));
}

std::string_view shown_state(TaskState state) {
    switch (state) {
        case done:
        case settled_done:
            return "done";
        case failed:
        case settled_failed:
            return "failed";
        case quarantined:
        case settled_quarantined:
            return "quarantined";
        default:
            return "queued";
    }
}

}  // namespace hrn::supervisor::storage
