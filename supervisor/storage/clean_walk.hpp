// Throws away what is kept of settled tasks, a page of rows at a time (design.md 4: `clean` and [retention]
// act on settled tasks only): the originals of done ones in done/, or failed and quarantined ones altogether
// (original, error file, row). Results are not its business.
//
// Owned by the storage thread (janitor.hpp). Files go first, then rows: whoever is killed in between finds
// rows without files, and the next walk forgets them. Throws FsError, StoreError; step() may be called again.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "supervisor/storage/folders.hpp"
#include "supervisor/storage/task_store.hpp"

namespace hrn::supervisor::storage {

struct Cleaned {
    std::uint64_t tasks = 0;  // of which something was thrown away
    std::uint64_t bytes = 0;
};

class CleanWalk {
public:
    enum class What : std::uint8_t { done_originals, failed_tasks };
    // Tasks that finished before `before_ms` (unix milliseconds).
    CleanWalk(Folders& folders, TaskStore& store, What what, std::int64_t before_ms);

    // true: that was all.
    bool step();
    [[nodiscard]] const Cleaned& cleaned() const { return cleaned_; }

private:
    // What is at `name` below the folder goes, unless it is younger than the walk: somebody else's then.
    // true: there was something.
    bool remove_file(DirectoryCache& folders, const std::string& name);
    void remove_rows(const std::vector<TaskRow>& rows);

    Folders& folders_;
    TaskStore& store_;
    const std::int64_t before_ms_;
    std::vector<TaskState> states_;  // still to be walked, the present one last
    TaskId last_{};
    Cleaned cleaned_;
    std::vector<DirectoryHandle> touched_;
};

}  // namespace hrn::supervisor::storage
