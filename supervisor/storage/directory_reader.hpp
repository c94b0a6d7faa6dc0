// Reads a folder entry by entry and can be put aside between two entries, however large the folder is.
// Owned by whoever walks; one thread.
#pragma once

#include <dirent.h>

#include <memory>
#include <optional>
#include <string>

#include "shared/unique_fd.hpp"

namespace hrn::supervisor::storage {

class DirectoryReader {
public:
    DirectoryReader() = default;  // reads nothing
    // `where` is for error messages. Throws FsError.
    DirectoryReader(UniqueFd folder, std::string where);

    struct Entry {
        std::string name;
        unsigned char type;  // DT_REG, DT_DIR, …, DT_UNKNOWN
    };
    // Without "." and ".."; nothing at the end. Throws FsError.
    [[nodiscard]] std::optional<Entry> next();
    [[nodiscard]] int fd() const { return ::dirfd(directory_.get()); }
    [[nodiscard]] explicit operator bool() const { return directory_ != nullptr; }

private:
    struct Close {
        void operator()(DIR* directory) const { ::closedir(directory); }
    };
    std::unique_ptr<DIR, Close> directory_;
    std::string where_;
};

}  // namespace hrn::supervisor::storage
