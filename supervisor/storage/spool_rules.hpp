// Which files in incoming/ are images to be taken, and when (design.md 5): decisions only, no system calls.
// Owned by the storage thread.
#pragma once

#include <sys/stat.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace hrn::supervisor::storage {

enum class NameKind : std::uint8_t {
    image,       // has an accepted extension
    ignored,     // stays, and is counted
    left_alone,  // dot names, .part, .tmp, [spool] ignore: not even counted
};
[[nodiscard]] NameKind kind_of_name(const std::string& name, const std::vector<std::string>& ignore);
// Folders are entered unless their name is to be left alone.
[[nodiscard]] bool enters_folder(const std::string& name, const std::vector<std::string>& ignore);

// What is compared between two looks at a file; never with the wall clock.
struct Look {
    std::uint64_t inode = 0;
    std::int64_t size = -1;  // -1: not looked at yet
    std::int64_t mtime_ns = 0, ctime_ns = 0;

    bool operator==(const Look&) const = default;
    [[nodiscard]] static Look of(const struct stat& status);
};

// How a file was noticed decides when it may be taken.
enum class Notice : std::uint8_t {
    arrived,  // closed after writing, or renamed in: at once, unless it is empty
    created,  // a name appeared: by link() it is complete, by open() its closing will be noticed
    scanned,  // lay there when a scan came by
};
enum class Ready : std::uint8_t {
    now,
    look_again,  // after settle_ms, and compare
    not_ours,    // somebody is writing it; its closing will be noticed
};
// `first` is the earlier look, with size -1 if there was none.
[[nodiscard]] Ready judge(Notice notice, const Look& first, const struct stat& now);

}  // namespace hrn::supervisor::storage
