// The disks' health (design.md 8, class operator): ENOSPC, EDQUOT, EROFS, EIO on spool or results, a full
// state_dir, and min_free_mb. Trouble is a problem that `status` lists; work is kept and tried again, at
// least every second, until a real write succeeds. No task pays for it.
//
// Owned by the storage thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "shared/fs.hpp"
#include "supervisor/storage/folders.hpp"
#include "supervisor/storage/outbox.hpp"
#include "supervisor/storage/sqlite.hpp"
#include "supervisor/storage/waiting_files.hpp"

namespace hrn::supervisor::storage {

class DiskWatch {
public:
    DiskWatch(const Folders& folders, const Config::Spool& config, Outbox& outbox);

    // The machine's trouble rather than one file's: a disk, or no descriptors or memory left.
    [[nodiscard]] static bool is_machine_trouble(const fs::FsError& error);
    void trouble(const fs::FsError& error);
    void trouble(const StoreError& error);

    // Is there no trouble, or is it time to try again? Trying begins with a probe: files are written and
    // synced on both file systems. The trouble is over when what failed has succeeded: worked().
    [[nodiscard]] bool may_work();
    void worked();
    // May new images be taken in?
    [[nodiscard]] bool may_take_in() const { return !in_trouble_ && !low_; }
    [[nodiscard]] bool in_trouble() const { return in_trouble_; }
    [[nodiscard]] Clock::time_point next_try() const { return next_try_; }

    // Once a second: free space. Measured values stay for `status`.
    void measure();
    [[nodiscard]] std::uint64_t free_spool_bytes() const { return free_spool_; }
    [[nodiscard]] std::uint64_t free_results_bytes() const { return free_results_; }

private:
    void begin(const char* problem, const std::string& text);
    [[nodiscard]] bool probe() const;
    void wait_longer();

    const Folders& folders_;
    const Config::Spool& config_;
    Outbox& outbox_;
    bool in_trouble_ = false;
    bool low_ = false;
    std::chrono::milliseconds wait_{};
    Clock::time_point next_try_{};
    std::uint64_t free_spool_ = 0, free_results_ = 0;
};

}  // namespace hrn::supervisor::storage
