#include "supervisor/storage/claim_folder_pool.hpp"

#include "shared/fs.hpp"

namespace hrn::supervisor::storage {

namespace {
constexpr std::size_t kMaxSpares = 4096;
}

ClaimFolderPool::ClaimFolderPool(int claimed, int spare) : claimed_(claimed), spare_(spare) {
    const auto folder = fs::open_beneath(spare_, "", true);  // an offset of its own
    if (!folder) {
        return;
    }
    fs::for_each_entry(folder->get(), [this](const fs::DirectoryEntry& entry) {
        if (TaskId::parse(entry.name)) {
            spares_.emplace_back(entry.name);
        }
        return spares_.size() < kMaxSpares;
    });
}

bool ClaimFolderPool::take_spare(const TaskId& id) {
    while (!spares_.empty()) {
        const std::string name = std::move(spares_.back());
        spares_.pop_back();
        if (fs::rename_no_replace(spare_, name, claimed_, id.text()) == fs::Moved::moved) {
            return true;
        }
    }
    return false;
}

UniqueFd ClaimFolderPool::make(const ClaimRecord& record, bool sync) {
    if (!take_spare(record.id)) {
        return make_claim_folder(claimed_, record, sync);
    }
    UniqueFd folder = fs::open_directory_at(claimed_, record.id.text());
    overwrite_claim_record(folder.get(), record, sync);
    if (sync) {
        fs::sync_fd(spare_);
    }
    return folder;
}

bool ClaimFolderPool::release(const TaskId& id) {
    const std::string name = id.text();
    const auto folder = fs::open_beneath(claimed_, name, true);
    if (!folder) {
        return true;
    }
    if (fs::status_at(folder->get(), kImageName)) {
        return false;
    }
    if (spares_.size() < kMaxSpares &&
        fs::rename_no_replace(claimed_, name, spare_, name) == fs::Moved::moved) {
        spares_.push_back(name);
        return true;
    }
    return remove_claim_folder(claimed_, id);
}

}  // namespace hrn::supervisor::storage
