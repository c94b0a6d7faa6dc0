// claimed/ID/: the durable form of a claim before it has a row (design.md 4). `task.json` says what it is,
// `image` is the user's file. Owned by the storage thread. Throws FsError.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "shared/task_id.hpp"
#include "shared/unique_fd.hpp"

namespace hrn::supervisor::storage {

inline constexpr const char* kImageName = "image";

struct ClaimRecord {
    TaskId id;
    std::string source;  // REL, bytes
    std::int64_t time_ms = 0;
};

// Makes claimed/ID/ with its task.json and returns the folder. `sync`: task.json is fsynced here.
[[nodiscard]] UniqueFd make_claim_folder(int claimed, const ClaimRecord& record, bool sync);
// Writes another task.json over the one that is there (or makes it), without freeing its blocks. Only in a
// folder without an image: this is not atomic.
void overwrite_claim_record(int claim_folder, const ClaimRecord& record, bool sync);
// Nothing if task.json is missing, is another task's, or cannot be understood (cut off by a power loss).
[[nodiscard]] std::optional<ClaimRecord> read_claim_record(int claim_folder, const TaskId& id);
// Removes task.json and the folder, but never an image: false if one (or anything else) is in it.
bool remove_claim_folder(int claimed, const TaskId& id);

}  // namespace hrn::supervisor::storage
