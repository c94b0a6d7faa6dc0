#include "supervisor/ctl/submit_place.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>

#include "shared/fs.hpp"
#include "shared/log.hpp"

namespace hrn::ctl {
namespace {

[[noreturn]] void fail(const Submission& file, const std::string& what) {
    throw CommandError(Exit::failed, log::printable(file.source) + ": not submitted: " + what);
}

void write_all(int fd, const char* bytes, std::size_t count) {
    while (count > 0) {
        const ssize_t written = ::write(fd, bytes, count);
        if (written < 0 && errno != EINTR) {
            throw fs::FsError(errno, "writing into incoming/");
        }
        if (written > 0) {
            bytes += written;
            count -= static_cast<std::size_t>(written);
        }
    }
}

// The folder and name of a path, for the functions of shared/fs.
struct Place {
    UniqueFd folder;
    std::string name;
    explicit Place(const std::string& path) {
        const std::filesystem::path parts(path);
        const std::string parent = parts.parent_path().native();
        folder = fs::open_directory(parent.empty() ? "." : parent);
        name = parts.filename().native();
    }
};

bool is_symlink(const Place& place) {
    const auto status = fs::status_at(place.folder.get(), place.name);
    return status && S_ISLNK(status->st_mode);
}

// Removes a hidden name unless it became a real one.
class HiddenFile {
public:
    HiddenFile(int folder, std::string name) : folder_(folder), name_(std::move(name)) {}
    ~HiddenFile() {
        if (!name_.empty()) {
            try {
                fs::unlink_at(folder_, name_);
            } catch (const std::exception&) {
                // The error that brought us here is the one to report; the service ignores dot names.
            }
        }
    }
    HiddenFile(const HiddenFile&) = delete;
    HiddenFile& operator=(const HiddenFile&) = delete;
    void keep() { name_.clear(); }

private:
    int folder_;
    std::string name_;
};

}  // namespace

SpoolWriter::SpoolWriter(const std::string& spool_dir, Transfer transfer)
    : incoming_path_(spool_dir + "/incoming"), transfer_(transfer) {
    try {
        incoming_ = fs::open_directory(incoming_path_);
    } catch (const fs::FsError& error) {
        throw CommandError(Exit::failed, log::printable(incoming_path_) + ": " +
                                             std::strerror(error.error()) +
                                             " (is this the service's spool, and is its disk mounted?)");
    }
}

std::string SpoolWriter::hidden_name() {
    return ".hrn-submit-" + std::to_string(::getpid()) + "-" + std::to_string(++counter_) + ".part";
}

void SpoolWriter::copy_to(int folder, const std::string& name, const std::string& source) {
    const UniqueFd from(::open(source.c_str(), O_RDONLY | O_CLOEXEC));
    if (!from) {
        throw fs::FsError(errno, "reading it");
    }
    const UniqueFd to(
        ::openat(folder, name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0664));
    if (!to) {
        throw fs::FsError(errno, "writing into " + incoming_path_);
    }
    // Whatever the umask: the service, another user, must be able to read what it was given.
    if (::fchmod(to.get(), 0664) != 0) {
        throw fs::FsError(errno, "setting its permissions");
    }
    std::array<char, 256 * 1024> buffer;
    for (;;) {
        const ssize_t count = ::read(from.get(), buffer.data(), buffer.size());
        if (count == 0) {
            break;
        }
        if (count < 0 && errno != EINTR) {
            throw fs::FsError(errno, "reading it");
        }
        write_all(to.get(), buffer.data(), static_cast<std::size_t>(std::max<ssize_t>(count, 0)));
    }
    if (transfer_ == Transfer::move) {
        fs::sync_fd(to.get());  // before the original goes
    }
}

void SpoolWriter::publish(int folder, const std::string& hidden, const std::string& name,
                          const Submission& file) const {
    switch (fs::rename_no_replace(folder, hidden, folder, name)) {
        case fs::Moved::moved:
            return;
        case fs::Moved::destination_exists:
            fail(file, "incoming/" + log::printable(file.rel) +
                           " exists and was not taken by the service yet; nothing is overwritten");
        case fs::Moved::source_missing:
        case fs::Moved::other_file_system:
            fail(file, "somebody else changed incoming/ meanwhile");
    }
}

// Within one file system a rename; else a copy, and the original removed once the copy is safe.
void SpoolWriter::move_to(int folder, const std::string& name, const Submission& file) {
    const Place place(file.source);
    if (is_symlink(place)) {
        fail(file, "is a symbolic link; name the file itself, or use --copy");
    }
    switch (fs::rename_no_replace(place.folder.get(), place.name, folder, name)) {
        case fs::Moved::moved:
            return;
        case fs::Moved::destination_exists:
            fail(file, "incoming/" + log::printable(file.rel) +
                           " exists and was not taken by the service yet; nothing is overwritten");
        case fs::Moved::source_missing:
            fail(file, "it vanished");
        case fs::Moved::other_file_system:
            break;
    }
    const std::string hidden = hidden_name();
    HiddenFile guard(folder, hidden);
    copy_to(folder, hidden, file.source);
    publish(folder, hidden, name, file);
    guard.keep();
    fs::sync_fd(folder);
    fs::unlink_at(place.folder.get(), place.name);
}

void SpoolWriter::place(const Submission& file) {
    try {
        const std::filesystem::path rel(file.rel);
        const UniqueFd folder = fs::make_directories_beneath(incoming_.get(), rel.parent_path().native());
        const std::string name = rel.filename().native();
        if (transfer_ == Transfer::move) {
            move_to(folder.get(), name, file);
            return;
        }
        const std::string hidden = hidden_name();
        HiddenFile guard(folder.get(), hidden);
        if (transfer_ == Transfer::copy) {
            copy_to(folder.get(), hidden, file.source);
        } else {
            const Place place(file.source);
            if (is_symlink(place)) {
                fail(file, "is a symbolic link; name the file itself, or use --copy");
            }
            switch (fs::hard_link(place.folder.get(), place.name, folder.get(), hidden)) {
                case fs::Moved::moved:
                    break;
                case fs::Moved::other_file_system:
                    fail(file,
                         "lies on another file system than the spool; a hard link cannot reach it, use "
                         "--copy");
                case fs::Moved::source_missing:
                    fail(file, "it vanished");
                case fs::Moved::destination_exists:
                    fail(file, "incoming/ holds a leftover of another submit; try again");
            }
        }
        publish(folder.get(), hidden, name, file);
        guard.keep();
    } catch (const fs::FsError& error) {
        fail(file, error.what());
    }
}

}  // namespace hrn::ctl
