// The only place that renames, links, unlinks and fsyncs (design.md 1, a script checks it). Both the
// supervisor (spool, publishing) and the workers (their result folders) go through here, so that "durable"
// means one thing and a test can make any call fail.
//
// Everything works on directory descriptors and single names, never on paths built from outside data: `name`
// must be one component (no '/', not "." or "..", 1..255 bytes), else std::invalid_argument — our bug.
// Failures of the system throw FsError with the call, the name and errno; expected outcomes are return
// values. Any thread.
#pragma once

#include <sys/stat.h>

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <system_error>

#include "shared/unique_fd.hpp"

namespace hrn::fs {

class FsError : public std::system_error {
public:
    FsError(int error, const std::string& what) : std::system_error(error, std::generic_category(), what) {}
    [[nodiscard]] int error() const { return code().value(); }
    // ENOSPC, EDQUOT, EROFS or EIO: the operator's disk, not the task's fault (design.md 8).
    [[nodiscard]] bool is_disk_trouble() const;
};

[[nodiscard]] bool is_single_name(std::string_view name);

// --- opening ---------------------------------------------------------------------------------------------
[[nodiscard]] UniqueFd open_directory(const std::string& path);  // follows symlinks: operator's paths
[[nodiscard]] UniqueFd open_directory_at(int parent, const std::string& name);  // O_NOFOLLOW
// openat2 with RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS (and NO_XDEV if asked); `relative` may have slashes.
// Nothing if any component is missing, a symlink, not a directory, or on another file system.
[[nodiscard]] std::optional<UniqueFd> open_beneath(int root, const std::string& relative,
                                                   bool same_file_system);
// O_PATH | O_NOFOLLOW; nothing if it is not there.
[[nodiscard]] std::optional<UniqueFd> open_path_at(int parent, const std::string& name);
[[nodiscard]] struct stat status_of(int fd);
// lstat; nothing if it is not there.
[[nodiscard]] std::optional<struct stat> status_at(int parent, const std::string& name);

// --- making ------------------------------------------------------------------------------------------------
enum class Made : std::uint8_t { created, existed };
Made make_directory_at(int parent, const std::string& name, unsigned mode = 0775);
// mkdir -p beneath root, each made parent fsynced; returns the last directory.
[[nodiscard]] UniqueFd make_directories_beneath(int root, const std::string& relative, unsigned mode = 0775);
// A whole small file: created (O_EXCL), written, fsynced if asked. The caller fsyncs the folder.
void write_file_at(int parent, const std::string& name, std::span<const std::byte> bytes, bool sync,
                   unsigned mode = 0664);
void write_file_at(int parent, const std::string& name, std::string_view text, bool sync,
                   unsigned mode = 0664);
// Whole file, at most `limit` bytes (more: FsError EFBIG); nothing if it is not there.
[[nodiscard]] std::optional<std::string> read_file_at(int parent, const std::string& name, std::size_t limit);

// --- moving ------------------------------------------------------------------------------------------------
enum class Moved : std::uint8_t { moved, destination_exists, source_missing, other_file_system };
// RENAME_NOREPLACE; where the file system has none (EINVAL): link + unlink for files, for folders a plain
// rename (which refuses a non-empty destination).
[[nodiscard]] Moved rename_no_replace(int from_dir, const std::string& from, int to_dir,
                                      const std::string& to);
// rename over whatever is there (a file written beside and moved into place).
[[nodiscard]] Moved rename_replace(int from_dir, const std::string& from, int to_dir, const std::string& to);
[[nodiscard]] Moved hard_link(int from_dir, const std::string& from, int to_dir, const std::string& to);
// false: was not there.
bool unlink_at(int parent, const std::string& name);
bool remove_directory_at(int parent, const std::string& name);  // must be empty; false: was not there
// rm -r without following symlinks or crossing mounts; false: was not there.
bool remove_tree_at(int parent, const std::string& name);

// --- durability
// ----------------------------------------------------------------------------------------------
void sync_fd(int fd);  // fsync
// fsync of a file that was made by somebody else: never waits on a FIFO, never follows a symlink.
void sync_file_at(int parent, const std::string& name);
void sync_file_system(int fd);                   // syncfs: everything on that file system
[[nodiscard]] std::uint64_t free_bytes(int fd);  // for unprivileged users

// Reads a directory; names only, "." and ".." left out. The callback returns false to stop.
struct DirectoryEntry {
    std::string_view name;
    unsigned char type;  // DT_REG, DT_DIR, …, DT_UNKNOWN
};
void for_each_entry(int directory, const std::function<bool(const DirectoryEntry&)>& visit);

// --- the fault seam
// ------------------------------------------------------------------------------------------ Every function
// above asks the hook before its system call: a returned errno makes the call fail with it. Tests only;
// nothing set costs one relaxed load. Set before threads start.
using FaultHook = std::function<int(std::string_view call, std::string_view name)>;
void set_fault_hook(FaultHook hook);

}  // namespace hrn::fs
