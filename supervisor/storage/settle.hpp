// The last step of a task and the first of a retry: originals between claimed/ID/ and done/ or failed/, and
// the error file beside a failed one (design.md 4 and 5). Every function may be called again after it was
// interrupted anywhere.
//
// Called by the storage thread. Throws FsError.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "supervisor/storage/folders.hpp"
#include "supervisor/storage/group_sync.hpp"
#include "supervisor/storage/task_row.hpp"

namespace hrn::supervisor::storage {

enum class MovedOriginal : std::uint8_t { moved, name_taken };

// Moves claimed/ID/image to done/NAME or failed/NAME, as row.state says, after writing failed/'s error file;
// NAME is row.original_name(). Already moved, or nothing to move: moved. `delete_done`: a done original is
// deleted instead. The claim folder stays until remove_claim_folder, after the group's sync.
[[nodiscard]] MovedOriginal settle_original(Folders& folders, GroupSync& sync, const TaskRow& row,
                                            bool delete_done);

// Another name for an original whose place in done/ or failed/ somebody took: NAME~2, NAME~3, …
[[nodiscard]] std::string free_original_name(Folders& folders, const TaskRow& row);

// Does the original lie there? The state of `row` does not matter.
[[nodiscard]] bool original_is_in_done(Folders& folders, const TaskRow& row);
[[nodiscard]] bool original_is_in_failed(Folders& folders, const TaskRow& row);

// --- the error file ------------------------------------------------------------------------------------
struct FailureRecord {
    std::optional<TaskId> id;  // files of an older program, or of a person, have none
    std::string source;        // "" if unknown
    TaskError error;
    bool quarantined = false;
    std::uint32_t attempts = 0;
    std::int64_t claimed_ms = 0, finished_ms = 0;
};
// Nothing if there is none or it cannot be understood.
[[nodiscard]] std::optional<FailureRecord> read_error_file(int folder, const std::string& file_name);
bool remove_error_file(Folders& folders, const TaskRow& row);  // false: there was none

// --- retry -----------------------------------------------------------------------------------------------
// Makes claimed/ID/ and moves the original back into it. false: there is no original to be tried again.
[[nodiscard]] bool fetch_original_back(Folders& folders, GroupSync& sync, const TaskRow& row);

}  // namespace hrn::supervisor::storage
