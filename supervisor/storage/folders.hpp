// The folders of a running supervisor, held open: spool_dir/{incoming,claimed,done,failed} and
// results_dir/.tmp. Opened (and, but for spool_dir itself, made) at start by the storage thread, which owns
// them. Paths are used once, here; everything later works on these descriptors.
#pragma once

#include <sys/stat.h>

#include <stdexcept>
#include <string>

#include "shared/config.hpp"
#include "shared/unique_fd.hpp"
#include "supervisor/storage/claim_folder_pool.hpp"
#include "supervisor/storage/directory_cache.hpp"

namespace hrn::supervisor::storage {

// spool_dir is not there, or is there without what we made in it: an unmounted disk. Waited for.
class SpoolMissing : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};
// Cannot work like this whatever happens: exit 2.
class UnusableFolders : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

// An operator's path, made with its parents if it is missing. Throws FsError.
[[nodiscard]] UniqueFd open_or_make_directory(const std::string& path);

// What is written to find out whether a folder can be written to; gone again at the next start at the latest.
inline constexpr const char* kProbeName = ".probe.part";

class Folders {
public:
    // `expects_claims`: the store has unfinished tasks, so claimed/ must be there already.
    // Throws SpoolMissing, UnusableFolders, FsError.
    Folders(const Config::Service& config, bool expects_claims);

    // The four spool folders are one file system, shown by a rename through all of them. Call under the lock.
    void require_one_file_system() const;
    // spool_dir still is the folder that we opened.
    [[nodiscard]] bool spool_is_there() const;
    [[nodiscard]] bool results_share_file_system() const;
    [[nodiscard]] std::string result_path(const std::string& name) const { return results_path + "/" + name; }
    void begin_group();  // forgets the opened sub-folders

    std::string spool_path, results_path;
    UniqueFd spool, incoming, claimed, done, failed, spare;  // spare: spool/.spare (claim_folder_pool.hpp)
    UniqueFd results, temporary;                             // temporary: results/.tmp
    ClaimFolderPool claim_folders;
    DirectoryCache incoming_folders, done_folders, failed_folders, results_folders;
};

}  // namespace hrn::supervisor::storage
