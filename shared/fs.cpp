#include "shared/fs.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <stdexcept>

#include "shared/fs_detail.hpp"
#include "shared/log.hpp"

namespace hrn::fs {
namespace {

std::atomic<bool> hook_is_set{false};

FaultHook& hook() {
    static FaultHook instance;
    return instance;
}

constexpr std::size_t kEntryBuffer = 16 * 1024;

}  // namespace

namespace detail {

bool fault(std::string_view call, std::string_view name) {
    if (!hook_is_set.load(std::memory_order_relaxed)) {
        return false;
    }
    const int error = hook()(call, name);
    if (error != 0) {
        errno = error;
    }
    return error != 0;
}

void fail(int error, std::string_view call, std::string_view name) {
    throw FsError(error, std::string(call) + (name.empty() ? "" : " \"" + log::printable(name) + "\""));
}

void fail(std::string_view call, std::string_view name) {
    fail(errno, call, name);
}

void require_name(std::string_view name) {
    if (!is_single_name(name)) {
        throw std::invalid_argument("not a single file name: \"" + log::printable(name) + "\"");
    }
}

}  // namespace detail

bool FsError::is_disk_trouble() const {
    return error() == ENOSPC || error() == EDQUOT || error() == EROFS || error() == EIO;
}

bool is_single_name(std::string_view name) {
    return !name.empty() && name.size() <= 255 && name != "." && name != ".." &&
           name.find('/') == std::string_view::npos && name.find('\0') == std::string_view::npos;
}

void sync_fd(int fd) {
    if (detail::fault("fsync", "") || ::fsync(fd) != 0) {
        detail::fail("fsync", "");
    }
}

void sync_file_at(int parent, const std::string& name) {
    detail::require_name(name);
    if (detail::fault("openat", name)) {
        detail::fail("openat", name);
    }
    const UniqueFd file(::openat(parent, name.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
    if (!file) {
        detail::fail("openat", name);
    }
    sync_fd(file.get());
}

void sync_file_system(int fd) {
    if (detail::fault("syncfs", "") || ::syncfs(fd) != 0) {
        detail::fail("syncfs", "");
    }
}

std::uint64_t free_bytes(int fd) {
    struct statvfs status {};
    if (detail::fault("fstatvfs", "") || ::fstatvfs(fd, &status) != 0) {
        detail::fail("fstatvfs", "");
    }
    return static_cast<std::uint64_t>(status.f_bavail) * status.f_frsize;
}

void for_each_entry(int directory, const std::function<bool(const DirectoryEntry&)>& visit) {
    // An open of its own: a dup would share the position with every other reader of this descriptor.
    if (detail::fault("opendir", "")) {
        detail::fail("opendir", "");
    }
    UniqueFd own(::openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!own) {
        detail::fail("opendir", "");
    }
    // Not readdir(3): opening its stream costs three more calls, on a path that each published result takes.
    alignas(dirent64) std::array<char, kEntryBuffer> buffer;
    for (;;) {
        const ssize_t filled =
            detail::fault("readdir", "") ? -1 : ::getdents64(own.get(), buffer.data(), buffer.size());
        if (filled < 0) {
            detail::fail("readdir", "");
        }
        if (filled == 0) {
            return;
        }
        for (std::size_t at = 0; at < static_cast<std::size_t>(filled);) {
            const auto* entry = reinterpret_cast<const dirent64*>(buffer.data() + at);
            at += entry->d_reclen;
            const std::string_view name = entry->d_name;
            if (name != "." && name != ".." && !visit({name, entry->d_type})) {
                return;
            }
        }
    }
}

void set_fault_hook(FaultHook new_hook) {
    const bool set = static_cast<bool>(new_hook);
    hook() = std::move(new_hook);
    hook_is_set.store(set, std::memory_order_relaxed);
}

}  // namespace hrn::fs
