// Moving: every rename and link of the project.
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include <cerrno>

#include "shared/fs.hpp"
#include "shared/fs_detail.hpp"

namespace hrn::fs {
namespace {

using detail::fail;
using detail::fault;
using detail::require_name;

// What the error of a rename or link means; anything else is thrown.
Moved outcome_of_failure(std::string_view call, int from_dir, const std::string& from) {
    const int error = errno;
    switch (error) {
        case EEXIST:
        case ENOTEMPTY:
            return Moved::destination_exists;
        case EXDEV:
            return Moved::other_file_system;
        case ENOENT:
            // ENOENT also means that the destination folder was removed; that is no expected outcome.
            if (!status_at(from_dir, from)) {
                return Moved::source_missing;
            }
            break;
        default:
            break;
    }
    fail(error, call, from);
}

// For file systems without RENAME_NOREPLACE. A folder: rename refuses a destination that holds anything.
// A file: link refuses any destination; a crash between link and unlink leaves both names, and the
// caller's recovery finds the destination first.
Moved move_without_noreplace(int from_dir, const std::string& from, int to_dir, const std::string& to) {
    const auto source = status_at(from_dir, from);
    if (!source) {
        return Moved::source_missing;
    }
    if (S_ISDIR(source->st_mode)) {
        if (!fault("renameat", from) && ::renameat(from_dir, from.c_str(), to_dir, to.c_str()) == 0) {
            return Moved::moved;
        }
        if (errno == ENOTDIR) {  // a file has the name
            return Moved::destination_exists;
        }
        return outcome_of_failure("renameat", from_dir, from);
    }
    const Moved linked = hard_link(from_dir, from, to_dir, to);
    if (linked == Moved::moved) {
        unlink_at(from_dir, from);
    }
    return linked;
}

}  // namespace

Moved rename_no_replace(int from_dir, const std::string& from, int to_dir, const std::string& to) {
    require_name(from);
    require_name(to);
    if (!fault("renameat2", from) &&
        ::renameat2(from_dir, from.c_str(), to_dir, to.c_str(), RENAME_NOREPLACE) == 0) {
        return Moved::moved;
    }
    if (errno == EINVAL || errno == ENOSYS) {
        return move_without_noreplace(from_dir, from, to_dir, to);
    }
    return outcome_of_failure("renameat2", from_dir, from);
}

Moved rename_replace(int from_dir, const std::string& from, int to_dir, const std::string& to) {
    require_name(from);
    require_name(to);
    if (!fault("renameat", from) && ::renameat(from_dir, from.c_str(), to_dir, to.c_str()) == 0) {
        return Moved::moved;
    }
    return outcome_of_failure("renameat", from_dir, from);
}

Moved hard_link(int from_dir, const std::string& from, int to_dir, const std::string& to) {
    require_name(from);
    require_name(to);
    if (!fault("linkat", from) && ::linkat(from_dir, from.c_str(), to_dir, to.c_str(), 0) == 0) {
        return Moved::moved;
    }
    return outcome_of_failure("linkat", from_dir, from);
}

bool unlink_at(int parent, const std::string& name) {
    require_name(name);
    if (!fault("unlinkat", name) && ::unlinkat(parent, name.c_str(), 0) == 0) {
        return true;
    }
    if (errno == ENOENT) {
        return false;
    }
    fail("unlinkat", name);
}

bool remove_directory_at(int parent, const std::string& name) {
    require_name(name);
    if (!fault("rmdir", name) && ::unlinkat(parent, name.c_str(), AT_REMOVEDIR) == 0) {
        return true;
    }
    if (errno == ENOENT) {
        return false;
    }
    fail("rmdir", name);
}

}  // namespace hrn::fs
