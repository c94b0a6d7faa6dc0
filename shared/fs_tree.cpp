// Removing a whole tree that somebody else made: no symlink is followed, no mount is entered, and neither
// depth nor width can exhaust descriptors or the stack.
#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <vector>

#include "shared/fs.hpp"
#include "shared/fs_detail.hpp"

namespace hrn::fs {
namespace {

// Folders deeper than this are first moved up to the tree's own top folder.
constexpr int kDeepest = 32;
// Names handled before a folder is read again: its listing need not fit into memory.
constexpr std::size_t kNamesAtOnce = 4096;

class TreeRemoval {
public:
    explicit TreeRemoval(UniqueFd top) : top_(std::move(top)), device_(status_of(top_.get()).st_dev) {}

    void empty_top() { empty(top_.get(), 0); }

private:
    void empty(int directory, int depth) {
        for (;;) {
            std::vector<std::string> names;
            for_each_entry(directory, [&](const DirectoryEntry& entry) {
                names.emplace_back(entry.name);
                return names.size() < kNamesAtOnce;
            });
            if (names.empty()) {
                return;
            }
            for (const std::string& name : names) {
                remove(directory, name, depth);
            }
        }
    }

    void remove(int parent, const std::string& name, int depth) {
        const auto status = status_at(parent, name);
        if (!status) {
            return;
        }
        if (!S_ISDIR(status->st_mode)) {
            unlink_at(parent, name);
            return;
        }
        if (status->st_dev != device_) {
            detail::fail(EBUSY, "removing a folder with a mount in it:", name);
        }
        if (depth == kDeepest) {
            // The top folder is read again until it is empty, so this one's turn comes there.
            while (rename_no_replace(parent, name, top_.get(), "moved-up-" + std::to_string(++moved_)) ==
                   Moved::destination_exists) {
            }
            return;
        }
        // A folder without rights for its owner cannot be read; it is ours to remove all the same.
        if ((status->st_mode & S_IRWXU) != S_IRWXU) {
            if (::fchmodat(parent, name.c_str(), S_IRWXU, 0) != 0) {
                // In vain: the open below says so.
            }
        }
        {
            const UniqueFd directory = open_directory_at(parent, name);
            empty(directory.get(), depth + 1);
        }
        remove_directory_at(parent, name);
    }

    UniqueFd top_;
    dev_t device_;
    unsigned long moved_ = 0;
};

}  // namespace

bool remove_tree_at(int parent, const std::string& name) {
    const auto status = status_at(parent, name);
    if (!status) {
        return false;
    }
    if (!S_ISDIR(status->st_mode)) {
        return unlink_at(parent, name);
    }
    if (status->st_dev != status_of(parent).st_dev) {
        detail::fail(EBUSY, "removing a mount point", name);
    }
    TreeRemoval(open_directory_at(parent, name)).empty_top();
    return remove_directory_at(parent, name);
}

}  // namespace hrn::fs
