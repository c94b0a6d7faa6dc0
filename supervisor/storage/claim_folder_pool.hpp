// Claim folders that are used again: settling a task puts its empty claimed/ID/ aside in SPOOL/.spare/, and
// the next claim renames it back under the new id and overwrites its task.json. Making and removing a folder
// and a file a task means allocating and freeing blocks, which many disks (mounted with `discard`, above all)
// take longer for than for everything else a task costs.
//
// Owned by the storage thread. A crash anywhere leaves a spare folder, or a claim without an image, which
// start-up removes. A record whose id is not the folder's name is not believed (read_claim_record).
#pragma once

#include <string>
#include <vector>

#include "supervisor/storage/claim_folder.hpp"

namespace hrn::supervisor::storage {

class ClaimFolderPool {
public:
    // Both stay open as long as this object lives. Finds the spare folders of earlier lives.
    ClaimFolderPool(int claimed, int spare);

    // claimed/ID/ with its task.json, opened. `sync`: task.json and the two parents are fsynced by this call.
    [[nodiscard]] UniqueFd make(const ClaimRecord& record, bool sync);
    // Takes claimed/ID/ away; false: an image is still in it, it stays.
    bool release(const TaskId& id);

private:
    [[nodiscard]] bool take_spare(const TaskId& id);

    int claimed_, spare_;
    std::vector<std::string> spares_;
};

}  // namespace hrn::supervisor::storage
