// A walk through incoming/ or one folder of it, in bounded steps: a folder of a million files costs one
// descriptor and the names of the folders that are still to be entered, never a list of files.
//
// Owned by the storage thread; between two steps anything may change. What is found goes to the visitor.
// Throws FsError for what the file system refuses beyond a single folder.
#pragma once

#include <sys/stat.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "shared/config.hpp"
#include "supervisor/storage/directory_reader.hpp"
#include "supervisor/storage/folders.hpp"

namespace hrn::supervisor::storage {

enum class Oddity : std::uint8_t {
    not_regular,        // a symlink, FIFO, device or socket with an image's name
    path_too_long,      // REL, or its result's name, over 3,900 bytes
    other_file_system,  // a mount inside incoming/
    unreadable_folder,
};
[[nodiscard]] const char* oddity_name(Oddity oddity);  // the code that `status` and the log show

class ScanVisitor {
public:
    virtual ~ScanVisitor() = default;
    virtual void on_folder(int folder, const std::string& rel) = 0;  // before anything in it
    virtual void on_image(const std::string& rel, const struct stat& status) = 0;
    virtual void on_ignored(const std::string& rel) = 0;
    virtual void on_oddity(Oddity oddity, const std::string& rel) = 0;
};

class SpoolScan {
public:
    // `root`: the folder below incoming/ to begin with, "" for all of it.
    SpoolScan(const Folders& folders, const Config::Spool& config, std::string root, ScanVisitor& visitor);

    // Looks at up to `entries` entries. true: finished.
    bool step(std::size_t entries);
    [[nodiscard]] const std::string& root() const { return root_; }

private:
    bool enter_next();
    void look_at(const std::string& name, unsigned char type);

    const Folders& folders_;
    const Config::Spool& config_;
    std::string root_;
    ScanVisitor& visitor_;
    dev_t device_;
    std::vector<std::string> to_enter_;
    std::string here_;
    DirectoryReader directory_;
};

// Can REL be taken and its result be named? (design.md 5: 3,900 bytes; longer paths cannot be opened.)
[[nodiscard]] bool fits_path(const std::string& rel);

}  // namespace hrn::supervisor::storage
