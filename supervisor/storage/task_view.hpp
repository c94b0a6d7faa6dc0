// Tasks as people and scripts see them: lookups by id prefix and listings as the JSON of
// docs/control-protocol.md. On a read-only connection of its own, so that a page of a long history never
// meets the writer's transaction; every answer is at most one page.
//
// Owned by the storage thread. Failures that are the asker's come back as {"error": {"code", "message"}};
// StoreError is the disk's.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <variant>
#include <vector>

#include "supervisor/storage/sqlite.hpp"
#include "supervisor/storage/task_row.hpp"

namespace hrn::supervisor::storage {

[[nodiscard]] nlohmann::json error_answer(const std::string& code, const std::string& message);

// The range of ids that begin with `prefix` (hexadecimal digits, dashes anywhere); empty text: fine, else why
// it is no prefix.
struct IdRange {
    TaskId first, last;
    std::string problem;
};
[[nodiscard]] IdRange range_of_prefix(const std::string& prefix);

class TaskView {
public:
    // `results_path` is prepended to the names of results.
    TaskView(const std::string& store_path, std::string results_path);

    [[nodiscard]] nlohmann::json show(const std::string& id_prefix);
    [[nodiscard]] nlohmann::json list(const Storage::Listing& listing);
    [[nodiscard]] nlohmann::json find_claimed(const std::vector<std::string>& paths, std::int64_t since_ms);
    // A list of id texts, or the answer that says which prefix is wrong.
    [[nodiscard]] nlohmann::json resolve(const std::vector<std::string>& id_prefixes);
    // Every prefix as an id, or the error answer.
    struct Resolved {
        std::vector<TaskId> ids;
        std::string error_code, error_message;  // empty code: all found
    };
    [[nodiscard]] Resolved resolve_ids(const std::vector<std::string>& id_prefixes);
    // Up to `limit` failed and quarantined ids after `after`.
    [[nodiscard]] std::vector<TaskId> failed_ids(const TaskId& after, int limit);

    [[nodiscard]] nlohmann::json to_json(const TaskRow& row) const;

private:
    Database database_;
    std::string results_path_;
    Statement by_range_, failed_, claimed_since_;
};

}  // namespace hrn::supervisor::storage
