// A task as the store keeps it, and an error as JSON. Plain values of the storage thread.
#pragma once

#include <array>
#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>

#include "shared/stage.hpp"
#include "shared/task_id.hpp"
#include "supervisor/storage/storage.hpp"
#include "supervisor/storage/task_state.hpp"

namespace hrn::supervisor::storage {

struct TaskRow {
    TaskId id;
    TaskState state = TaskState::absent;
    std::string source;    // REL, bytes
    std::string result;    // reserved name below results/, done/ and failed/
    std::string original;  // below done/ or failed/; empty: same as `result`
    std::int64_t priority = 0;
    std::uint32_t attempts = 0;
    std::uint64_t image_bytes = 0;
    std::int64_t claimed_ms = 0;
    std::int64_t finished_ms = 0;  // 0: not finished
    int worker = -1;
    std::string device;
    double seconds = 0;
    std::array<std::uint32_t, kStageCount> stage_us{};
    std::string error;    // JSON object or ""
    std::string history;  // JSON list or ""

    [[nodiscard]] const std::string& original_name() const { return original.empty() ? result : original; }
};

// First component of REL; "" for a file directly in incoming/.
[[nodiscard]] std::string top_folder_of(const std::string& source);
// Last component and everything before it ("" if none).
[[nodiscard]] std::string name_of(const std::string& path);
[[nodiscard]] std::string parent_of(const std::string& path);
[[nodiscard]] std::string joined(const std::string& parent, const std::string& name);

// {code, class, message, signal, stage, worker, device, time}; the first five are design.md 10's.
[[nodiscard]] nlohmann::json to_json(const TaskError& error);
[[nodiscard]] std::string error_json(const TaskError& error);  // the same as text
// Fields that are missing or of a wrong type keep their defaults: the text may come from a file that a
// person edited.
[[nodiscard]] TaskError error_from_json(const nlohmann::json& json);
[[nodiscard]] std::string json_text(const nlohmann::json& json);  // invalid UTF-8 replaced, one line
// `history` with one more error, met in attempt `attempt`.
[[nodiscard]] std::string with_error(const std::string& history, const TaskError& error,
                                     std::uint32_t attempt);
// `error`: the JSON text of one.
[[nodiscard]] std::string with_error_text(const std::string& history, const std::string& error,
                                          std::uint32_t attempt);

// For a retry: no attempts, the error that ended it becomes history, and its original has no other name.
void begin_again(TaskRow& row);

}  // namespace hrn::supervisor::storage
