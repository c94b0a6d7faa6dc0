// What start-up decides about one task, from what lies in the folders and what its row says: the order of
// design.md 4 as code. Looks, and reserves names; what it decides is carried out by recovery.cpp. The one
// exception is a link left over in incoming/, which must go before anybody claims it.
//
// Called by the storage thread. Throws FsError.
#pragma once

#include <sys/stat.h>

#include <cstdint>
#include <optional>
#include <string>

#include "supervisor/storage/folders.hpp"
#include "supervisor/storage/publish.hpp"
#include "supervisor/storage/result_names.hpp"
#include "supervisor/storage/task_row.hpp"

namespace hrn::supervisor::storage {

enum class Next : std::uint8_t { queue, settle, nothing };

// What is to be done about one task: the event that its row takes (if any), then where it goes.
struct Verdict {
    TaskRow row;
    std::optional<TaskEvent> event;
    Next next = Next::nothing;
    bool remove_claim = false;  // after the commit
    bool remove_error_file = false;
    bool must_sync = false;  // files that the store is about to vouch for were not synced by us
    std::uint64_t Recovery::*counter = nullptr;
};

class RecoveryJudge {
public:
    RecoveryJudge(Folders& folders, NameReservations& names, std::int64_t& next_priority)
        : folders_(folders), names_(names), next_priority_(next_priority) {}

    // `row`: of the store, if it has one.
    [[nodiscard]] Verdict judge(const TaskId& id, const std::optional<TaskRow>& row);

private:
    Verdict without_row(const TaskId& id, int claim, const struct stat& image);
    Verdict unfinished(const TaskRow& before, bool has_image);
    Verdict settled(const TaskRow& row, bool has_image);
    void failed_already(Verdict& verdict);
    std::optional<ResultRecord> find_result(TaskRow& row);
    void unlink_twin(const std::string& source, const struct stat& image);
    void drop_own_error_file(const TaskRow& row);

    Folders& folders_;
    NameReservations& names_;
    std::int64_t& next_priority_;
};

}  // namespace hrn::supervisor::storage
