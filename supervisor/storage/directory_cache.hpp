// Folders below one root, opened once a group: a group of tasks mostly shares a few of them. Cleared before
// each group, because users move and remove folders and a descriptor would follow them.
//
// Owned by the storage thread. Throws FsError.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <unordered_map>
#include <unordered_set>

#include "shared/unique_fd.hpp"

namespace hrn::supervisor::storage {

using DirectoryHandle = std::shared_ptr<const UniqueFd>;

class DirectoryCache {
public:
    // `root` stays open as long as this object lives.
    DirectoryCache(int root, bool same_file_system);

    // Empty if a component is missing, a symlink, no folder, or on another file system.
    [[nodiscard]] DirectoryHandle find(const std::string& relative);
    // Makes what is missing. The folder and its ancestors then are durable, whoever made them: a supervisor
    // that was killed between mkdir and fsync leaves folders that only look finished.
    [[nodiscard]] DirectoryHandle make(const std::string& relative);
    void clear() { open_.clear(); }

private:
    void make_durable(const std::string& relative);

    int root_;
    bool same_file_system_;
    std::unordered_map<std::string, DirectoryHandle> open_;
    std::unordered_set<std::string> durable_;  // folders whose entry was fsynced by this process; bounded
};

// Does anything lie at `path` below the cache's root?
[[nodiscard]] bool exists_below(DirectoryCache& root, const std::string& path);

}  // namespace hrn::supervisor::storage
