// The durable states of a task and every allowed way between them, as one table (design.md 4). What the
// store holds in its `state` column; numbers are part of the schema and never change their meaning.
//
// Pure values; any thread. A refused event is a bug of the caller, or a command that came too late: the
// caller decides which.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace hrn::supervisor::storage {

enum class TaskState : std::uint8_t {
    absent,               // no row
    queued,               // accepted; image in claimed/ID/
    held,                 // queued, but not to be dispatched
    done,                 // result published and recorded; the original is still in claimed/
    failed,               // recorded; likewise
    quarantined,          // recorded as poison; likewise
    settled_done,         // original moved (or deleted), claimed/ID/ gone
    settled_failed,       // original and its error file lie in failed/
    settled_quarantined,  // likewise
    retrying_failed,      // on its way from failed/ back to claimed/ID/
    retrying_quarantined,
    count_
};

enum class TaskEvent : std::uint8_t {
    accept,  // claimed and durable: gets its row
    hold,
    release,
    record_done,  // its result is at its name
    record_failed,
    record_quarantined,
    settle,          // the original is where it belongs
    retry,           // the operator wants it tried again
    retry_ready,     // image back in claimed/ID/, error file gone
    retry_abandon,   // start-up found the original still in failed/
    rebuild_done,    // the store was lost; found in results/
    rebuild_failed,  // found in failed/
    rebuild_quarantined,
    forget,  // retention, clean, --unclaim: the row goes
    count_
};

inline constexpr std::size_t kTaskStates = static_cast<std::size_t>(TaskState::count_);
inline constexpr std::size_t kTaskEvents = static_cast<std::size_t>(TaskEvent::count_);

// The state after `event`; nothing if that event cannot happen in `state`.
[[nodiscard]] std::optional<TaskState> next_state(TaskState state, TaskEvent event);

[[nodiscard]] bool is_settled(TaskState state);
[[nodiscard]] bool is_recorded(TaskState state);             // done, failed or quarantined, settled or not
[[nodiscard]] std::string_view state_name(TaskState state);  // of the table: "settled_done"
[[nodiscard]] std::string_view event_name(TaskEvent event);
// As design.md 10 shows it: "queued", "done", "failed", "quarantined" ("running" is known to the loop only).
[[nodiscard]] std::string_view shown_state(TaskState state);

}  // namespace hrn::supervisor::storage
