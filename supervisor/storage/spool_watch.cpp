#include "supervisor/storage/spool_watch.hpp"

#include <sys/inotify.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <system_error>

#include "supervisor/storage/task_row.hpp"

namespace hrn::supervisor::storage {

namespace {

constexpr std::uint32_t kMask =
    IN_CLOSE_WRITE | IN_MOVED_TO | IN_MOVED_FROM | IN_CREATE | IN_DELETE | IN_ONLYDIR | IN_EXCL_UNLINK;
// A watch costs the kernel about 1 KB and us 200 bytes; folders beyond are polled.
constexpr std::size_t kMaxWatches = 65536;

}  // namespace

SpoolWatch::SpoolWatch() : inotify_(::inotify_init1(IN_NONBLOCK | IN_CLOEXEC)) {
    if (!inotify_) {
        throw std::system_error(errno, std::generic_category(),
                                "inotify_init1 (see fs.inotify.max_user_instances)");
    }
}

SpoolWatch::Added SpoolWatch::add(int folder, const std::string& rel) {
    const auto known = by_path_.find(rel);
    if (known == by_path_.end() && by_path_.size() >= kMaxWatches) {
        return Added::no_room;
    }
    // Through the descriptor: the path may have become another folder meanwhile.
    const std::string path = "/proc/self/fd/" + std::to_string(folder);
    const int watch = ::inotify_add_watch(inotify_.get(), path.c_str(), kMask);
    if (watch < 0) {
        if (errno == ENOSPC) {
            return Added::no_room;
        }
        throw std::system_error(errno, std::generic_category(), "inotify_add_watch incoming/" + rel);
    }
    if (known != by_path_.end() && known->second == watch) {
        return Added::watched;
    }
    if (known != by_path_.end()) {  // another folder has this path now
        ::inotify_rm_watch(inotify_.get(), known->second);
        by_watch_.erase(known->second);
        by_path_.erase(known);
    }
    if (const auto elsewhere = by_watch_.find(watch); elsewhere != by_watch_.end()) {
        by_path_.erase(*elsewhere->second);
    }
    const auto entry = by_path_.insert_or_assign(rel, watch).first;
    by_watch_[watch] = &entry->first;
    return Added::watched;
}

void SpoolWatch::forget(int watch) {
    const auto found = by_watch_.find(watch);
    if (found == by_watch_.end()) {
        return;
    }
    const std::string path = *found->second;
    by_watch_.erase(found);
    by_path_.erase(path);
}

void SpoolWatch::remove_with_everything_below(const std::string& rel) {
    // Sorted by bytes, everything below "a" begins with "a/" but need not follow "a" directly ("a-b").
    auto remove = [this](std::map<std::string, int>::iterator entry) {
        ::inotify_rm_watch(inotify_.get(), entry->second);  // fails if the kernel did it already: equal to us
        by_watch_.erase(entry->second);
        return by_path_.erase(entry);
    };
    if (const auto self = by_path_.find(rel); self != by_path_.end()) {
        remove(self);
    }
    const std::string prefix = rel + "/";
    for (auto entry = by_path_.lower_bound(prefix);
         entry != by_path_.end() && entry->first.starts_with(prefix);) {
        entry = remove(entry);
    }
}

bool SpoolWatch::read(const std::function<void(const WatchEvent&)>& visit) {
    alignas(inotify_event) std::array<char, 65536> buffer;
    const ssize_t size = ::read(inotify_.get(), buffer.data(), buffer.size());
    if (size < 0) {
        if (errno == EAGAIN || errno == EINTR) {
            return false;
        }
        throw std::system_error(errno, std::generic_category(), "read inotify");
    }
    for (ssize_t at = 0; at + static_cast<ssize_t>(sizeof(inotify_event)) <= size;) {
        inotify_event event;
        std::memcpy(&event, buffer.data() + at, sizeof(event));
        const char* name = buffer.data() + at + sizeof(event);
        at += static_cast<ssize_t>(sizeof(event) + event.len);
        if ((event.mask & IN_Q_OVERFLOW) != 0) {
            visit({WatchEvent::Kind::overflow, "", false});
            continue;
        }
        if ((event.mask & IN_IGNORED) != 0) {  // the folder is gone, or unmounted
            forget(event.wd);
            continue;
        }
        const auto folder = by_watch_.find(event.wd);
        if (folder == by_watch_.end() || event.len == 0) {
            continue;  // a watch that we removed while its events were queued
        }
        const std::string rel = joined(*folder->second, name);
        const bool is_folder = (event.mask & IN_ISDIR) != 0;
        using Kind = WatchEvent::Kind;
        if ((event.mask & (IN_DELETE | IN_MOVED_FROM)) != 0) {
            visit({is_folder ? Kind::folder_gone : Kind::file_gone, rel, false});
        } else if (is_folder) {
            visit({Kind::folder_arrived, rel, true});
        } else if ((event.mask & IN_CREATE) != 0) {
            visit({Kind::file_created, rel, true});
        } else {
            visit({Kind::file_arrived, rel, (event.mask & IN_MOVED_TO) != 0});
        }
    }
    return true;
}

}  // namespace hrn::supervisor::storage
