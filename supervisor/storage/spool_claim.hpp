// Takes one file out of incoming/ by renaming it to claimed/ID/image (design.md 4 and 5). The claim is
// durable after the group's sync; its row comes after that.
//
// Called by the storage thread. Expected outcomes are values; FsError: the disk, not the file. Whatever
// happens, claimed/ID/ then is in a form that start-up's function (recovery.hpp) can finish or undo.
#pragma once

#include <sys/stat.h>

#include <cstdint>
#include <string>

#include "supervisor/storage/folders.hpp"
#include "supervisor/storage/group_sync.hpp"
#include "supervisor/storage/task_row.hpp"
#include "supervisor/storage/waiting_files.hpp"

namespace hrn::supervisor::storage {

enum class ClaimOutcome : std::uint8_t {
    claimed,
    gone,         // no file of that name any more
    look_again,   // it changed since the last look, or is empty and was seen once only
    not_ours,     // somebody is writing it
    not_regular,  // a symlink, FIFO, …
    not_movable,  // permissions, a mount, a busy file: `why` says it
};

struct ClaimAttempt {
    ClaimOutcome outcome = ClaimOutcome::gone;
    struct stat now {};             // look_again: what the file looks like
    std::uint64_t image_bytes = 0;  // claimed
    std::string why;
};

// The id and time of `record` are the caller's; its source is the file's REL.
[[nodiscard]] ClaimAttempt claim_file(Folders& folders, GroupSync& sync, const WaitingFile& file,
                                      const TaskId& id, std::int64_t time_ms);

}  // namespace hrn::supervisor::storage
