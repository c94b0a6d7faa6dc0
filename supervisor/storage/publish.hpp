// Checks what a worker left in results/.tmp/GENERATION/ID/ and renames it to its reserved name (design.md 4).
// A worker's folder is hostile until checked: only listed names, only regular files with one link, exactly
// the sizes that were reported.
//
// Called by the storage thread. PublishRefused: the folder is not what the worker said (its lie or bug);
// FsError: the disk.
#pragma once

#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>

#include "shared/records.hpp"
#include "shared/task_id.hpp"
#include "supervisor/storage/folders.hpp"
#include "supervisor/storage/group_sync.hpp"

namespace hrn::supervisor::storage {

class PublishRefused : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

// `folder`: an open directory. Throws PublishRefused naming the file.
void check_result_folder(int folder, const ReportRecord& report);

enum class Published : std::uint8_t { published, name_taken };
struct Publication {
    std::uint64_t generation = 0;
    TaskId id;
    std::string name;         // the reserved one, below results/
    bool sync_files = false;  // fsync each file and the folder first: they may not be on the disk yet
};
// The parent goes to `sync`; ancestors that are made are fsynced.
[[nodiscard]] Published publish_result(Folders& folders, GroupSync& sync, const Publication& publication,
                                       const ReportRecord& report);

// What results/NAME/result.json says, as far as the store wants it back.
struct ResultRecord {
    TaskId id;
    std::string source;  // "" if it does not say
    std::string device;
    std::uint32_t attempts = 0;
    std::int64_t time_ms = 0;  // when the file was written
};
// Nothing if there is no such result or it cannot be understood.
[[nodiscard]] std::optional<ResultRecord> read_result(Folders& folders, const std::string& name);
[[nodiscard]] std::optional<ResultRecord> read_result_at(int result_folder);

}  // namespace hrn::supervisor::storage
