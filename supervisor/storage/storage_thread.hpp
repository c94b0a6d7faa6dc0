// What runs on the storage thread: opens everything in the order of design.md 4 (store, spool, locks,
// recovery), then turns between the spool, the groups and what runs in the background. It only looks up and
// calls; what a step does stands in the step's own file.
//
// One thread owns all of it. Whatever escapes from a step ends as on_fatal: the next start recovers.
#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "supervisor/storage/commands.hpp"
#include "supervisor/storage/disk_watch.hpp"
#include "supervisor/storage/folders.hpp"
#include "supervisor/storage/generations.hpp"
#include "supervisor/storage/janitor.hpp"
#include "supervisor/storage/outbox.hpp"
#include "supervisor/storage/rebuild.hpp"
#include "supervisor/storage/spool.hpp"
#include "supervisor/storage/store_file.hpp"
#include "supervisor/storage/task_life.hpp"

namespace hrn::supervisor::storage {

class StorageThread {
public:
    StorageThread(Config config, StorageEvents& events, Post post, const std::atomic<bool>& stopping);

    // --- the thread's turn ------------------------------------------------------------------------------
    // Everything that is due. Nothing escapes: a fatal error is told and the thread becomes dead().
    void turn();
    [[nodiscard]] bool dead() const { return dead_; }
    // -1 until the spool is open.
    [[nodiscard]] int event_fd() const;
    [[nodiscard]] Clock::time_point next_time() const;
    // After the last turn: what was asked for is finished if the disk lets us, then the store is closed.
    void finish();

    // --- requests, each called within a turn --------------------------------------------------------------
    // Runs a request; what it throws is treated as what a step throws.
    void handle(const std::function<void(StorageThread&)>& request) {
        guarded([&] { request(*this); });
    }
    void reload(Config config);
    void set_intake(bool open);
    void persist_pause(bool paused);
    void persist_drained_devices(const std::map<std::string, std::string>& devices);
    void persist_cancelled(const std::vector<TaskId>& ids);
    void forget_generation(std::uint64_t generation);
    void prepare_generation(std::uint64_t generation, std::function<void(bool, const std::string&)> done);
    void rescan(std::function<void()> done);
    void discard_result(std::uint64_t generation, const TaskId& id);
    // Empty until the store is open or recovery has run, respectively.
    [[nodiscard]] Commands* commands() { return commands_ ? &*commands_ : nullptr; }
    [[nodiscard]] TaskLife* life() { return life_ ? &*life_ : nullptr; }
    [[nodiscard]] Outbox& outbox() { return outbox_; }

private:
    void guarded(const std::function<void()>& step);
    void fatal(int status, const std::string& why);
    void open_store();
    void open_spool();
    void work();
    void every_second();
    void tell_counts();
    void watch_speed(Clock::time_point begun);
    void rebuild_some();
    void write_facts();

    Config config_;
    Outbox outbox_;
    const std::atomic<bool>& stopping_;
    bool dead_ = false;
    bool intake_open_ = false;
    std::vector<std::function<void()>> rescans_before_start_;
    Clock::time_point next_second_{}, next_opening_{};
    std::optional<StoreCounts> told_;
    std::map<std::string, std::string> unwritten_facts_;

    // In the order of opening; closed in the reverse.
    std::optional<StoreFile> store_;
    std::optional<TaskView> view_;
    std::optional<Commands> commands_;
    std::optional<Folders> folders_;
    UniqueFd spool_lock_, results_lock_;
    std::optional<DiskWatch> disk_;
    std::optional<Generations> generations_;
    std::optional<Spool> spool_;
    std::optional<TaskLife> life_;
    std::optional<Rebuild> rebuild_;
    std::optional<Janitor> janitor_;
};

}  // namespace hrn::supervisor::storage
