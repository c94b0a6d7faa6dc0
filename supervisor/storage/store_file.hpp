// The task store as a file in state_dir: opened, judged, set aside if damaged, and watched for being deleted
// under us. Owned by the storage thread.
//
// Damage is nobody's fault here: the file is moved to tasks.db.damaged-TIME, a new one begun, and the folders
// tell what they know (recovery.hpp, rebuild.hpp). A newer schema throws NewerSchema.
#pragma once

#include <sys/types.h>

#include <memory>
#include <string>

#include "shared/unique_fd.hpp"
#include "supervisor/storage/task_store.hpp"

namespace hrn::supervisor::storage {

class StoreFile {
public:
    // Makes state_dir if need be and takes its lock. Throws LockHeld, FsError, StoreError, NewerSchema.
    explicit StoreFile(const std::string& state_dir);

    [[nodiscard]] TaskStore& store() { return *store_; }
    [[nodiscard]] const std::string& path() const { return path_; }
    [[nodiscard]] bool was_new() const { return was_new_; }
    // Empty, or what was found damaged and where it lies now.
    [[nodiscard]] const std::string& damage() const { return damage_; }

    // The file that we have open still has its name.
    [[nodiscard]] bool is_in_place() const;
    // SQLite met damage while running: the next start sets the file aside without asking it again.
    void mark_damaged() const;

private:
    void set_aside(const std::string& why);

    UniqueFd folder_, lock_;
    std::string path_, damage_;
    bool was_new_ = false;
    std::unique_ptr<TaskStore> store_;
    dev_t device_ = 0;
    ino_t inode_ = 0;
};

}  // namespace hrn::supervisor::storage
