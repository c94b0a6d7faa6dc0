#include "tests/chaos/power/power_tree.hpp"

#include <stdio.h>
#include <time.h>

#include <algorithm>
#include <cerrno>
#include <set>

namespace hrn::test {
namespace {

timespec now() {
    timespec time{};
    ::clock_gettime(CLOCK_REALTIME, &time);
    return time;
}

}  // namespace

PowerTree::PowerTree() {
    Node& root = nodes_[kRoot];
    root.mode = S_IFDIR | 0777;
    root.links = 2;
    root.modified = root.changed = now();
}

PowerTree::Node* PowerTree::find(Ino ino) {
    const auto found = nodes_.find(ino);
    return found == nodes_.end() ? nullptr : &found->second;
}

Ino PowerTree::look_up(Ino folder, const std::string& name) const {
    const auto found = nodes_.find(folder);
    if (found == nodes_.end()) {
        return 0;
    }
    const auto entry = found->second.names.find(name);
    return entry == found->second.names.end() ? 0 : entry->second;
}

void PowerTree::change(std::vector<Step::Change> changes) {
    for (const Step::Change& one : changes) {
        Node& folder = nodes_.at(one.folder);
        folder.modified = folder.changed = now();
        if (one.ino == 0) {
            folder.names.erase(one.name);
        } else {
            folder.names[one.name] = one.ino;
        }
    }
    pending_.push_back({std::move(changes)});
}

std::int64_t PowerTree::make(Ino folder, const std::string& name, mode_t mode, uid_t uid, gid_t gid) {
    const Node* parent = find(folder);
    if (parent == nullptr || !parent->is_folder()) {
        return -ENOENT;
    }
    if (look_up(folder, name) != 0) {
        return -EEXIST;
    }
    const Ino ino = next_++;
    Node& node = nodes_[ino];
    node.mode = mode;
    node.uid = uid;
    node.gid = gid;
    node.links = S_ISDIR(mode) ? 2 : 1;
    node.modified = node.changed = now();
    change({{folder, name, ino}});
    return static_cast<std::int64_t>(ino);
}

std::int64_t PowerTree::link(Ino ino, Ino folder, const std::string& name) {
    if (look_up(folder, name) != 0) {
        return -EEXIST;
    }
    Node& node = nodes_.at(ino);
    ++node.links;
    node.changed = now();
    change({{folder, name, ino}});
    return 0;
}

std::int64_t PowerTree::remove(Ino folder, const std::string& name, bool folder_wanted) {
    const Ino ino = look_up(folder, name);
    if (ino == 0) {
        return -ENOENT;
    }
    Node& node = nodes_.at(ino);
    if (node.is_folder() != folder_wanted) {
        return folder_wanted ? -ENOTDIR : -EISDIR;
    }
    if (folder_wanted && !node.names.empty()) {
        return -ENOTEMPTY;
    }
    node.links -=
        folder_wanted ? 2 : 1;  // the inode stays: somebody may have it open, or find it after a power loss
    node.changed = now();
    change({{folder, name, 0}});
    return 0;
}

std::int64_t PowerTree::rename(Ino from, const std::string& name, Ino to, const std::string& new_name,
                               unsigned flags) {
    if ((flags & ~static_cast<unsigned>(RENAME_NOREPLACE)) != 0) {
        return -EINVAL;
    }
    const Ino ino = look_up(from, name);
    const Ino there = look_up(to, new_name);
    if (ino == 0) {
        return -ENOENT;
    }
    if (there != 0 && (flags & RENAME_NOREPLACE) != 0) {
        return -EEXIST;
    }
    if (there == ino) {
        return 0;
    }
    if (there != 0) {
        Node& replaced = nodes_.at(there);
        if (replaced.is_folder() && !replaced.names.empty()) {
            return -ENOTEMPTY;
        }
        replaced.links -= replaced.is_folder() ? 2 : 1;
    }
    nodes_.at(ino).changed = now();
    change({{from, name, 0}, {to, new_name, ino}});
    return 0;
}

void PowerTree::sync_file(Ino ino) {
    Node& node = nodes_.at(ino);
    node.synced_bytes = node.bytes;
}

// Backwards: a step is needed if it changes a wanted folder or gives one its name; then so are the earlier
// ones of all its folders.
void PowerTree::sync_folder(Ino ino) {
    std::set<Ino> wanted = {ino};
    std::vector<bool> needed(pending_.size(), false);
    for (std::size_t i = pending_.size(); i-- > 0;) {
        const auto& changes = pending_[i].changes;
        needed[i] = std::any_of(changes.begin(), changes.end(), [&](const Step::Change& one) {
            return wanted.count(one.folder) != 0 || wanted.count(one.ino) != 0;
        });
        for (const Step::Change& one : changes) {
            if (needed[i]) {
                wanted.insert(one.folder);
            }
        }
    }
    std::vector<Step> left;
    for (std::size_t i = 0; i < pending_.size(); ++i) {
        if (!needed[i]) {
            left.push_back(std::move(pending_[i]));
            continue;
        }
        for (const Step::Change& one : pending_[i].changes) {
            auto& names = nodes_.at(one.folder).synced_names;
            if (one.ino == 0) {
                names.erase(one.name);
            } else {
                names[one.name] = one.ino;
            }
        }
    }
    pending_ = std::move(left);
}

void PowerTree::copy_synced(const PowerTree& from, Ino ino) {
    const Node& old = from.nodes_.at(ino);
    const bool again = nodes_.count(ino) != 0 && ino != kRoot;
    Node& node = nodes_[ino];
    if (again) {
        ++node.links;  // a second name
        return;
    }
    node = old;
    node.links = old.is_folder() ? 2 : 1;
    node.bytes = node.synced_bytes = S_ISLNK(old.mode) ? old.bytes : old.synced_bytes;
    node.names = node.synced_names = old.synced_names;
    for (const auto& [name, child] : old.synced_names) {
        copy_synced(from, child);
    }
}

PowerTree PowerTree::after_power_loss() const {
    PowerTree left;
    left.next_ = next_;
    left.copy_synced(*this, kRoot);
    return left;
}

}  // namespace hrn::test
