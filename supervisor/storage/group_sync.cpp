#include "supervisor/storage/group_sync.hpp"

#include <sys/vfs.h>

#include <cerrno>

#include "shared/fs.hpp"

namespace hrn::supervisor::storage {

namespace {

// From this many moves on one syncfs is cheaper than five fsyncs a move.
constexpr std::size_t kWholeFromMoves = 4;
constexpr std::size_t kWholeFromDescriptors = 64;  // and descriptors are not unlimited

bool trusts_syncfs(int file_system) {
    struct statfs status {};
    if (::fstatfs(file_system, &status) != 0) {
        throw fs::FsError(errno, "statfs");
    }
    constexpr long kFuse = 0x65735546, kNfs = 0x6969, kCifs = static_cast<long>(0xff534d42),
                   kSmb2 = 0xfe534d42, k9p = 0x01021997;
    const long type = static_cast<long>(status.f_type);
    return type != kFuse && type != kNfs && type != kCifs && type != kSmb2 && type != k9p;
}

}  // namespace

GroupSync::GroupSync(int file_system)
    : file_system_(file_system), syncfs_works_(trusts_syncfs(file_system)) {}

void GroupSync::begin(std::size_t moves) {
    // A group that could not be flushed stays as it is and is joined by the new one.
    whole_ = syncfs_works_ && (whole_ || moves >= kWholeFromMoves);
    touched_ = touched_ || (whole_ && moves > 0);
}

void GroupSync::touch_unopened() {
    whole_ = whole_ || syncfs_works_;
    touched_ = true;
}

void GroupSync::add(const DirectoryHandle& handle) {
    touched_ = true;
    if (whole_) {
        return;
    }
    const struct stat status = fs::status_of(handle->get());
    each_[{status.st_dev, status.st_ino}] = handle;
    if (syncfs_works_ && each_.size() > kWholeFromDescriptors) {
        whole_ = true;
    }
}

void GroupSync::flush() {
    if (!touched_) {
        return;
    }
    if (whole_) {
        fs::sync_file_system(file_system_);
    } else {
        for (const auto& [key, handle] : each_) {
            fs::sync_fd(handle->get());
        }
    }
    each_.clear();
    touched_ = false;
    whole_ = false;
}

}  // namespace hrn::supervisor::storage
