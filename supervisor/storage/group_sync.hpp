// One sync for a whole group of renames on one file system. Small groups: fsync of each file and folder that
// was touched, so that other programs' dirty pages (results being written, above all) do not hold them up.
// Large groups: one syncfs, whose cost is shared. Some file systems (FUSE, network) accept syncfs and do
// nothing: there each is always fsynced. Numbers: docs/design/task-life.md.
//
// Owned by the storage thread. A failed sync throws FsError; the group is kept and flushed again.
#pragma once

#include <cstddef>
#include <map>
#include <utility>

#include "shared/unique_fd.hpp"
#include "supervisor/storage/directory_cache.hpp"

namespace hrn::supervisor::storage {

class GroupSync {
public:
    explicit GroupSync(int file_system);  // any descriptor on it, open as long as this object lives

    // Before the group's renames: how many files are going to move.
    void begin(std::size_t moves);
    // Must the caller hand over what it touches? Else one syncfs is coming.
    [[nodiscard]] bool wants_each() const { return !whole_; }
    // Touched, without a descriptor at hand: forces syncfs (the file cannot be opened by us).
    void touch_unopened();
    void add(const DirectoryHandle& handle);
    void flush();  // nothing was touched: nothing is done

private:
    int file_system_;
    bool syncfs_works_;
    bool whole_ = false;
    bool touched_ = false;
    // By device and inode, so that a folder is synced once however often it was opened.
    std::map<std::pair<dev_t, ino_t>, DirectoryHandle> each_;
};

}  // namespace hrn::supervisor::storage
