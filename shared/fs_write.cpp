// Making folders and whole small files; reading them back.
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <stdexcept>

#include "shared/fs.hpp"
#include "shared/fs_detail.hpp"

namespace hrn::fs {
namespace {

using detail::fail;
using detail::fault;
using detail::require_name;

void write_all(int fd, std::span<const std::byte> bytes, const std::string& name) {
    while (!bytes.empty()) {
        const ssize_t count = fault("write", name) ? -1 : ::write(fd, bytes.data(), bytes.size());
        if (count < 0) {
            if (errno == EINTR) {
                continue;
            }
            fail("write", name);
        }
        bytes = bytes.subspan(static_cast<std::size_t>(count));
    }
}

}  // namespace

Made make_directory_at(int parent, const std::string& name, unsigned mode) {
    require_name(name);
    if (!fault("mkdirat", name) && ::mkdirat(parent, name.c_str(), mode) == 0) {
        return Made::created;
    }
    if (errno == EEXIST) {
        return Made::existed;
    }
    fail("mkdirat", name);
}

UniqueFd make_directories_beneath(int root, const std::string& relative, unsigned mode) {
    UniqueFd here(fault("openat", ".") ? -1 : ::openat(root, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!here) {
        fail("openat", ".");
    }
    std::string_view rest = relative;
    while (!rest.empty()) {
        const std::size_t slash = std::min(rest.find('/'), rest.size());
        const std::string name(rest.substr(0, slash));
        rest.remove_prefix(std::min(slash + 1, rest.size()));
        if (make_directory_at(here.get(), name, mode) == Made::created) {
            sync_fd(here.get());
        }
        here = open_directory_at(here.get(), name);
    }
    return here;
}

void write_file_at(int parent, const std::string& name, std::span<const std::byte> bytes, bool sync,
                   unsigned mode) {
    require_name(name);
    UniqueFd fd(fault("openat", name) ? -1
                                      : ::openat(parent, name.c_str(),
                                                 O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode));
    if (!fd) {
        fail("openat", name);
    }
    try {
        write_all(fd.get(), bytes, name);
        if (sync) {
            sync_fd(fd.get());
        }
    } catch (const FsError&) {
        // Half a file helps nobody. If even this fails, the first error is the one to report.
        (void)::unlinkat(parent, name.c_str(), 0);
        throw;
    }
}

void write_file_at(int parent, const std::string& name, std::string_view text, bool sync, unsigned mode) {
    write_file_at(parent, name, std::as_bytes(std::span(text.data(), text.size())), sync, mode);
}

std::optional<std::string> read_file_at(int parent, const std::string& name, std::size_t limit) {
    require_name(name);
    // O_NONBLOCK: a FIFO put there by somebody must not hold the caller up.
    UniqueFd fd(fault("openat", name)
                    ? -1
                    : ::openat(parent, name.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
    if (!fd) {
        if (errno == ENOENT) {
            return std::nullopt;
        }
        fail("openat", name);
    }
    if (!S_ISREG(status_of(fd.get()).st_mode)) {
        fail(EINVAL, "read of something that is no regular file", name);
    }
    std::string text;
    for (;;) {
        constexpr std::size_t kChunk = 64 * 1024;
        const std::size_t before = text.size();
        text.resize(before + std::min(kChunk, limit + 1 - before));
        const ssize_t count =
            fault("read", name) ? -1 : ::read(fd.get(), text.data() + before, text.size() - before);
        if (count < 0 && errno != EINTR) {
            fail("read", name);
        }
        text.resize(before + static_cast<std::size_t>(std::max<ssize_t>(count, 0)));
        if (count == 0) {
            return text;
        }
        if (text.size() > limit) {
            fail(EFBIG, "read", name);
        }
    }
}

}  // namespace hrn::fs
