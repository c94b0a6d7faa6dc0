// The one start-up function (design.md 4): looks at every claimed/ID/ and every row that is not settled and
// brings each back into a state from which the running service goes on. Its work grows with the unfinished
// tasks, not with history. It may itself be interrupted anywhere and run again.
//
// The same function, for single ids, finishes what a full disk interrupted while the service was running.
//
// Called by the storage thread. Throws FsError, StoreError; nothing is half done then that a second call
// would not finish.
#pragma once

#include <cstdint>
#include <vector>

#include "supervisor/storage/folders.hpp"
#include "supervisor/storage/result_names.hpp"
#include "supervisor/storage/task_store.hpp"

namespace hrn::supervisor::storage {

struct RecoveredTasks {
    Recovery counts;
    std::vector<TaskRow> queued;     // in the order of their priority
    std::vector<TaskRow> to_settle;  // recorded; the original is still to be moved
};

// `next_priority` numbers the adopted ones and is moved on.
[[nodiscard]] RecoveredTasks recover_everything(Folders& folders, TaskStore& store, NameReservations& names,
                                                std::int64_t& next_priority);
[[nodiscard]] RecoveredTasks recover_some(Folders& folders, TaskStore& store, NameReservations& names,
                                          std::int64_t& next_priority, const std::vector<TaskId>& ids);

// Ids that have a folder below claimed/.
[[nodiscard]] std::vector<TaskId> claimed_ids(const Folders& folders);

// A name for REL that is neither reserved nor taken in results/, done/ or failed/.
[[nodiscard]] std::string reserve_name(Folders& folders, NameReservations& names, const std::string& rel,
                                       const TaskId& id);

}  // namespace hrn::supervisor::storage
