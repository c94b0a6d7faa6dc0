// Files in incoming/ that may become tasks soon: a bounded number of them, chosen so that the oldest of every
// top-level folder are among them, whatever one bulk folder holds. Files beyond the bound are only counted.
// Decides which file is claimed next: the folder with the fewest unfinished tasks for its share
// (folder_classes.hpp; all equal unless configured) first, its oldest file first (design.md 5). No system
// calls.
//
// Owned by the storage thread.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <unordered_map>
#include <utility>
#include <vector>

#include "supervisor/storage/folder_classes.hpp"
#include "supervisor/storage/spool_rules.hpp"

namespace hrn::supervisor::storage {

using Clock = std::chrono::steady_clock;

struct WaitingFile {
    std::string rel;
    Notice notice = Notice::scanned;
    Look look;                 // size -1: not looked at yet
    std::int64_t age_key = 0;  // smaller is older (nanoseconds)
    std::uint32_t scan = 0;    // the last scan that saw it
};

class WaitingFiles {
public:
    explicit WaitingFiles(std::size_t limit = 16384) : limit_(limit) {}

    // A file was noticed; it is claimable from `due` on if `file.look` must be confirmed first, else at once.
    // A later notice of the same file replaces the earlier one where it says more. `counted`: it waits
    // already, unlisted or not (a file that was only closed): if there is no room for it, it is not counted
    // again.
    void add(WaitingFile file, Clock::time_point due, bool claimable, bool counted = false);
    void remove(const std::string& rel);
    void remove_below(const std::string& folder);
    // Those that scan `before` or an earlier one saw last, below `folder` ("" for all): they are gone.
    void remove_unseen(const std::string& folder, std::uint32_t before);

    // The next file whose second look is due; it stays in the list until it is added again or removed.
    [[nodiscard]] std::optional<WaitingFile> due(Clock::time_point now) const;
    [[nodiscard]] std::optional<Clock::time_point> next_due() const;

    // The file to be claimed now, taken out.
    [[nodiscard]] std::optional<WaitingFile> take();
    [[nodiscard]] std::size_t claimable() const { return files_.size() - due_.size(); }
    // New shares of the folders, from now on.
    void set_classes(FolderClasses classes);
    // Unfinished tasks of a top-level folder: +1 when claimed, -1 when finished.
    void count_active(const std::string& top_folder, int difference);

    [[nodiscard]] std::size_t size() const { return files_.size(); }
    [[nodiscard]] bool contains(const std::string& rel) const { return files_.contains(rel); }
    // Files noticed that found no room here since the last take_dropped(): they wait, unlisted. Each is
    // counted once, if `scan` of all files added meanwhile is the number of the scan that is under way or was
    // the last.
    [[nodiscard]] std::uint64_t take_dropped() { return std::exchange(dropped_, 0); }

private:
    using AgeKey = std::pair<std::int64_t, const std::string*>;
    struct Group {
        std::string top;
        std::set<AgeKey> all, claimable;
        int active = 0;
        double share = 1;
    };
    struct Entry {
        WaitingFile file;
        Clock::time_point due;
        bool claimable = false;
        Group* group = nullptr;
    };
    // Unfinished tasks for its share, age of the oldest, top folder.
    using Choice = std::tuple<double, std::int64_t, const std::string*>;
    [[nodiscard]] static Choice choice_of(const Group& group) {
        return {group.active / group.share, group.claimable.begin()->first, &group.top};
    }

    Group& group_of(const std::string& top_folder);
    void unlink(std::unordered_map<std::string, Entry>::iterator entry);
    void leave_choice(const Group& group);
    void enter_choice(const Group& group);
    void drop_if_unused(const std::string& top_folder);
    bool make_room(const std::string& top_folder, const WaitingFile& file, bool counted);

    FolderClasses classes_;
    std::size_t limit_;
    std::uint64_t dropped_ = 0;
    std::unordered_map<std::string, Entry> files_;
    std::map<std::string, Group> groups_;
    std::set<std::pair<Clock::time_point, const std::string*>> due_;
    std::set<Choice> choice_;
    std::set<std::pair<std::size_t, const std::string*>> sizes_;  // groups by size, to find the largest
};

}  // namespace hrn::supervisor::storage
