#include "supervisor/storage/store_file.hpp"

#include <sys/stat.h>

#include <array>
#include <optional>

#include "shared/fs.hpp"
#include "shared/log.hpp"
#include "shared/text.hpp"
#include "supervisor/storage/folders.hpp"
#include "supervisor/storage/locks.hpp"

namespace hrn::supervisor::storage {

namespace {

constexpr const char* kName = "tasks.db";
constexpr const char* kDamagedMark = "tasks.db.is-damaged";
constexpr int kCheckBudgetMs = 1000;  // start-up must not grow with history

// "" if the file is sound as far as can be told in the time.
std::string complaint_about(const std::string& path) {
    try {
        Database database(path, Database::Mode::create);
        return database.quick_check(kCheckBudgetMs);
    } catch (const StoreError& error) {
        if (error.is_corrupt()) {
            return error.what();
        }
        throw;
    }
}

}  // namespace

StoreFile::StoreFile(const std::string& state_dir)
    : folder_(open_or_make_directory(state_dir)),
      lock_(take_lock(folder_.get(), state_dir, std::chrono::seconds(5), [] { return false; })),
      path_(state_dir + "/" + kName) {
    if (fs::status_at(folder_.get(), kDamagedMark)) {
        set_aside("damage was met while it was in use");
    } else if (fs::status_at(folder_.get(), kName)) {
        if (const std::string complaint = complaint_about(path_); !complaint.empty()) {
            set_aside(complaint);
        }
    }
    was_new_ = !fs::status_at(folder_.get(), kName);
    try {
        store_ = std::make_unique<TaskStore>(path_);
    } catch (const StoreError& error) {
        if (!error.is_corrupt()) {
            throw;
        }
        set_aside(error.what());
        was_new_ = true;
        store_ = std::make_unique<TaskStore>(path_);
    }
    fs::sync_fd(folder_.get());
    const auto status = fs::status_at(folder_.get(), kName);
    if (!status) {
        throw StoreError(0, "the task store " + path_ + " vanished while it was opened");
    }
    device_ = status->st_dev;
    inode_ = status->st_ino;
}

void StoreFile::set_aside(const std::string& why) {
    const std::string suffix = ".damaged-" + std::to_string(unix_milliseconds_now());
    for (const std::string part : {"", "-wal", "-shm"}) {
        const std::string name = kName + part;
        static_cast<void>(fs::rename_no_replace(folder_.get(), name, folder_.get(), name + suffix));
    }
    fs::sync_fd(folder_.get());
    fs::unlink_at(folder_.get(), kDamagedMark);
    damage_ = "the task store was damaged (" + why + "); it lies in " + path_ + suffix +
              " now and is rebuilt from the folders";
    log::error(damage_);
}

bool StoreFile::is_in_place() const {
    struct stat status {};
    return ::stat(path_.c_str(), &status) == 0 && status.st_dev == device_ && status.st_ino == inode_;
}

void StoreFile::mark_damaged() const {
    if (!fs::status_at(folder_.get(), kDamagedMark)) {
        fs::write_file_at(folder_.get(), kDamagedMark, "", true);
        fs::sync_fd(folder_.get());
    }
}

}  // namespace hrn::supervisor::storage
