#include "supervisor/storage/directory_cache.hpp"

#include "shared/fs.hpp"
#include "supervisor/storage/task_row.hpp"

namespace hrn::supervisor::storage {

namespace {
constexpr std::size_t kMaxRemembered = 4096;
constexpr std::size_t kMaxOpen = 128;  // well below the usual limit of 1,024 descriptors
}  // namespace

DirectoryCache::DirectoryCache(int root, bool same_file_system)
    : root_(root), same_file_system_(same_file_system) {}

DirectoryHandle DirectoryCache::find(const std::string& relative) {
    if (const auto found = open_.find(relative); found != open_.end()) {
        return found->second;
    }
    auto opened = fs::open_beneath(root_, relative, same_file_system_);
    if (!opened) {
        return nullptr;
    }
    if (open_.size() >= kMaxOpen) {
        open_.clear();
    }
    return open_[relative] = std::make_shared<const UniqueFd>(std::move(*opened));
}

DirectoryHandle DirectoryCache::make(const std::string& relative) {
    DirectoryHandle folder = find(relative);
    if (!folder) {
        folder = std::make_shared<const UniqueFd>(fs::make_directories_beneath(root_, relative));
        open_[relative] = folder;
    }
    make_durable(relative);
    return folder;
}

void DirectoryCache::make_durable(const std::string& relative) {
    for (std::string folder = relative; !folder.empty(); folder = parent_of(folder)) {
        if (durable_.contains(folder)) {
            return;  // and so are its ancestors
        }
        if (const DirectoryHandle parent = find(parent_of(folder))) {
            fs::sync_fd(parent->get());
        }
    }
    if (durable_.size() >= kMaxRemembered) {
        durable_.clear();
    }
    for (std::string folder = relative; !folder.empty(); folder = parent_of(folder)) {
        durable_.insert(folder);
    }
}

bool exists_below(DirectoryCache& root, const std::string& path) {
    const DirectoryHandle parent = root.find(parent_of(path));
    return parent && fs::status_at(parent->get(), name_of(path)).has_value();
}

}  // namespace hrn::supervisor::storage
