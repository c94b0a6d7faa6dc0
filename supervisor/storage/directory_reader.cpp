#include "supervisor/storage/directory_reader.hpp"

#include <cerrno>

#include "shared/fs.hpp"

namespace hrn::supervisor::storage {

DirectoryReader::DirectoryReader(UniqueFd folder, std::string where)
    : directory_(::fdopendir(folder.get())), where_(std::move(where)) {
    if (!directory_) {
        throw fs::FsError(errno, "opendir " + where_);
    }
    static_cast<void>(folder.release());  // closed by closedir
}

std::optional<DirectoryReader::Entry> DirectoryReader::next() {
    while (directory_) {
        errno = 0;
        const dirent* entry = ::readdir(directory_.get());
        if (entry == nullptr) {
            if (errno != 0) {
                throw fs::FsError(errno, "readdir " + where_);
            }
            return std::nullopt;
        }
        const std::string_view name = entry->d_name;
        if (name != "." && name != "..") {
            return Entry{std::string(name), entry->d_type};
        }
    }
    return std::nullopt;
}

}  // namespace hrn::supervisor::storage
