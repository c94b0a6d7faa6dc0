// A file system in memory that remembers what would survive a power loss: a file's bytes as they were at its
// last fsync, a folder's names as they were at its last fsync. Nothing else survives: a file that was never
// synced is empty afterwards, a name that was never synced is not there.
//
// Two things are as on every journalling file system (ext4, XFS, btrfs), and more lenient than POSIX: a
// rename is one step, so syncing either of its folders makes both sides durable; and a folder that was synced
// can be reached, so the steps that gave it and its ancestors their names are durable, too. Each comes with
// what happened before in the same folders. No other step becomes durable by somebody else's sync.
//
// Knows nothing of FUSE (power_mount.hpp). All functions are called under the caller's lock. Errors are
// returned as negative errno, as FUSE wants them.
#pragma once

#include <sys/stat.h>
#include <sys/types.h>

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace hrn::test {

using Ino = std::uint64_t;

class PowerTree {
public:
    static constexpr Ino kRoot = 1;

    struct Node {
        mode_t mode = 0;
        uid_t uid = 0;
        gid_t gid = 0;
        timespec modified{}, changed{};
        std::string bytes;                 // of a file or symlink
        std::map<std::string, Ino> names;  // of a folder
        std::uint32_t links = 0;
        std::string synced_bytes;
        std::map<std::string, Ino> synced_names;
        [[nodiscard]] bool is_folder() const { return S_ISDIR(mode); }
    };

    PowerTree();

    // nullptr: no such inode.
    [[nodiscard]] Node* find(Ino ino);
    // 0: no such name.
    [[nodiscard]] Ino look_up(Ino folder, const std::string& name) const;

    // Each returns 0 or the new inode's number, or a negative errno.
    [[nodiscard]] std::int64_t make(Ino folder, const std::string& name, mode_t mode, uid_t uid, gid_t gid);
    [[nodiscard]] std::int64_t link(Ino ino, Ino folder, const std::string& name);
    [[nodiscard]] std::int64_t remove(Ino folder, const std::string& name, bool folder_wanted);
    [[nodiscard]] std::int64_t rename(Ino from, const std::string& name, Ino to, const std::string& new_name,
                                      unsigned flags);
    void sync_file(Ino ino);
    void sync_folder(Ino ino);

    // What is left after the power was cut now.
    [[nodiscard]] PowerTree after_power_loss() const;

private:
    // A change of one name, or of two at once.
    struct Step {
        struct Change {
            Ino folder = 0;
            std::string name;
            Ino ino = 0;  // 0: the name goes
        };
        std::vector<Change> changes;
    };
    void change(std::vector<Step::Change> changes);
    void copy_synced(const PowerTree& from, Ino ino);

    std::map<Ino, Node> nodes_;
    std::vector<Step> pending_;  // in their order
    Ino next_ = kRoot + 1;
};

}  // namespace hrn::test
