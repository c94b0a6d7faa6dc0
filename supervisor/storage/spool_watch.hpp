// inotify on the folders of incoming/ (design.md 5): folders only, never files. Turns the kernel's events
// into what happened to which path. Owned by the storage thread.
//
// It may forget (overflow, a lost watch, the watch limit): then it says so, and the scan that runs every
// rescan_s finds what it missed. It never decides anything about a file.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <unordered_map>

#include "shared/unique_fd.hpp"

namespace hrn::supervisor::storage {

struct WatchEvent {
    enum class Kind : std::uint8_t {
        file_arrived,    // closed after writing, or renamed in
        file_created,    // a new name: by open() or by link()
        file_gone,       // deleted or renamed away
        folder_arrived,  // made or renamed in: must be watched and scanned
        folder_gone,
        overflow,  // events were lost: scan everything
    };
    Kind kind = Kind::overflow;
    std::string rel;        // below incoming/
    bool new_name = false;  // file_arrived: by a rename, so that the folder has one entry more
};

class SpoolWatch {
public:
    SpoolWatch();  // throws std::system_error

    [[nodiscard]] int fd() const { return inotify_.get(); }

    enum class Added : std::uint8_t { watched, no_room };
    // `folder` is an open directory at `rel`. Throws std::system_error but for the watch limit. A folder
    // that was watched under another path is now known by this one.
    Added add(int folder, const std::string& rel);
    void remove_with_everything_below(const std::string& rel);

    // Reads at most one buffer of events. false: there are no more.
    bool read(const std::function<void(const WatchEvent&)>& visit);

    [[nodiscard]] std::size_t size() const { return by_watch_.size(); }

private:
    void forget(int watch);

    UniqueFd inotify_;
    std::map<std::string, int> by_path_;
    std::unordered_map<int, const std::string*> by_watch_;  // into by_path_'s keys
};

}  // namespace hrn::supervisor::storage
