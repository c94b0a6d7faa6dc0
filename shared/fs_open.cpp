// Opening and looking: descriptors of directories and files, never through a symlink below the roots.
#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <stdexcept>

#include "shared/fs.hpp"
#include "shared/fs_detail.hpp"

namespace hrn::fs {
namespace {

using detail::fail;
using detail::fault;
using detail::require_name;

int openat2(int root, const std::string& relative, std::uint64_t flags, std::uint64_t resolve) {
    open_how how{};
    how.flags = flags;
    how.resolve = resolve;
    // glibc 2.36 has no wrapper.
    return static_cast<int>(::syscall(SYS_openat2, root, relative.c_str(), &how, sizeof(how)));
}

// The same rules without openat2 (a kernel or a sandbox that refuses it): one component after the other,
// none of them a symlink, none of them "..".
std::optional<UniqueFd> walk_beneath(int root, std::string_view relative, bool same_file_system) {
    UniqueFd here(::openat(root, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!here) {
        fail("openat", relative);
    }
    const dev_t device = status_of(here.get()).st_dev;
    while (!relative.empty()) {
        const std::size_t slash = std::min(relative.find('/'), relative.size());
        const std::string name(relative.substr(0, slash));
        relative.remove_prefix(std::min(slash + 1, relative.size()));
        if (name.empty() || name == ".") {
            continue;
        }
        if (!is_single_name(name)) {
            return std::nullopt;
        }
        UniqueFd next(::openat(here.get(), name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
        if (!next) {
            if (errno == ENOENT || errno == ENOTDIR || errno == ELOOP) {
                return std::nullopt;
            }
            fail("openat", name);
        }
        if (same_file_system && status_of(next.get()).st_dev != device) {
            return std::nullopt;
        }
        here = std::move(next);
    }
    return here;
}

}  // namespace

UniqueFd open_directory(const std::string& path) {
    UniqueFd fd(fault("open", path) ? -1 : ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!fd) {
        fail("open", path);
    }
    return fd;
}

UniqueFd open_directory_at(int parent, const std::string& name) {
    require_name(name);
    UniqueFd fd(fault("openat", name)
                    ? -1
                    : ::openat(parent, name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    if (!fd) {
        fail("openat", name);
    }
    return fd;
}

std::optional<UniqueFd> open_beneath(int root, const std::string& relative, bool same_file_system) {
    const std::string path = relative.empty() ? "." : relative;
    if (path.find('\0') != std::string::npos) {
        throw std::invalid_argument("a path with a zero byte");
    }
    std::uint64_t resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS;
    if (same_file_system) {
        resolve |= RESOLVE_NO_XDEV;
    }
    for (int attempt = 0;; ++attempt) {
        UniqueFd fd(
            fault("openat2", path) ? -1 : openat2(root, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC, resolve));
        if (fd) {
            return fd;
        }
        switch (errno) {
            case ENOENT:
            case ENOTDIR:
            case ELOOP:  // a symlink
            case EXDEV:  // ".." or another file system
                return std::nullopt;
            case EAGAIN:  // something was renamed meanwhile; the kernel asks to try again
                if (attempt < 16) {
                    continue;
                }
                fail("openat2", path);
            case ENOSYS:
            case EPERM:
                return walk_beneath(root, path, same_file_system);
            default:
                fail("openat2", path);
        }
    }
}

std::optional<UniqueFd> open_path_at(int parent, const std::string& name) {
    require_name(name);
    UniqueFd fd(fault("openat", name) ? -1 : ::openat(parent, name.c_str(), O_PATH | O_NOFOLLOW | O_CLOEXEC));
    if (fd) {
        return fd;
    }
    if (errno == ENOENT) {
        return std::nullopt;
    }
    fail("openat", name);
}

struct stat status_of(int fd) {
    struct stat status {};
    if (fault("fstat", "") || ::fstat(fd, &status) != 0) {
        fail("fstat", "");
    }
    return status;
}

std::optional<struct stat> status_at(int parent, const std::string& name) {
    require_name(name);
    struct stat status {};
    if (!fault("fstatat", name) && ::fstatat(parent, name.c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0) {
        return status;
    }
    if (errno == ENOENT) {
        return std::nullopt;
    }
    fail("fstatat", name);
}

}  // namespace hrn::fs
