#include "supervisor/storage/storage_thread.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "shared/log.hpp"
#include "supervisor/storage/locks.hpp"
#include "supervisor/storage/schema.hpp"

namespace hrn::supervisor::storage {

namespace {

constexpr auto kSecond = std::chrono::seconds(1);
constexpr auto kLockPatience = std::chrono::seconds(5);
constexpr auto kSlow = std::chrono::seconds(5);
constexpr const char* kPaused = "paused";
constexpr const char* kDrained = "drained_devices";
constexpr const char* kCancelled = "cancelled";

nlohmann::json parsed(const std::optional<std::string>& fact) {
    return fact ? nlohmann::json::parse(*fact, nullptr, false) : nlohmann::json();
}

std::map<std::string, std::string> drained_devices(const std::optional<std::string>& fact) {
    std::map<std::string, std::string> devices;
    const nlohmann::json json = parsed(fact);
    if (json.is_object()) {
        for (const auto& [device, reason] : json.items()) {
            devices[device] = reason.is_string() ? reason.get<std::string>() : std::string();
        }
    }
    return devices;
}

std::vector<TaskId> task_ids(const std::optional<std::string>& fact) {
    std::vector<TaskId> ids;
    const nlohmann::json json = parsed(fact);
    for (const auto& item : json.is_array() ? json : nlohmann::json::array()) {
        if (const auto id = item.is_string() ? TaskId::parse(item.get<std::string>()) : std::nullopt) {
            ids.push_back(*id);
        }
    }
    return ids;
}

}  // namespace

StorageThread::StorageThread(Config config, StorageEvents& events, Post post,
                             const std::atomic<bool>& stopping)
    : config_(std::move(config)), outbox_(events, std::move(post)), stopping_(stopping) {}

void StorageThread::fatal(int status, const std::string& why) {
    dead_ = true;
    outbox_.add([status, why](StorageEvents& events) { events.on_fatal(status, why); });
}

void StorageThread::guarded(const std::function<void()>& step) {
    if (dead_) {
        return;
    }
    try {
        step();
    } catch (const NewerSchema& error) {
        fatal(2, error.what());
    } catch (const UnusableFolders& error) {
        fatal(2, error.what());
    } catch (const LockHeld& error) {
        fatal(1, error.what());
    } catch (const StoreError& error) {
        if (error.is_corrupt() && store_) {
            try {
                store_->mark_damaged();
            } catch (const fs::FsError& mark) {
                log::error("cannot mark the damaged task store", {{"why", mark.what()}});
            }
        }
        fatal(1, std::string(error.what()) + ": exiting, the next start recovers");
    } catch (const std::exception& error) {
        fatal(1, std::string("storage: ") + error.what() + ": exiting, the next start recovers");
    }
}

void StorageThread::turn() {
    const auto begun = Clock::now();
    guarded([&] {
        if (!store_ && begun >= next_opening_) {
            open_store();
        }
        if (store_ && !life_ && begun >= next_opening_) {
            open_spool();
        }
        if (life_) {
            work();
        }
    });
    if (!dead_) {
        watch_speed(begun);
        guarded([&] { tell_counts(); });
    }
    outbox_.flush();
}

// --- opening -----------------------------------------------------------------------------------------------

void StorageThread::open_store() {
    try {
        store_.emplace(config_.service.state_dir);
    } catch (const StoreError& error) {
        store_.reset();
        if (!error.is_disk_full()) {
            throw;
        }
        outbox_.raise("disk_full", "state_dir: " + std::string(error.what()));
        next_opening_ = Clock::now() + kSecond;
        return;
    } catch (const fs::FsError& error) {
        // state_dir is the operator's: full or read-only disks may get better, a wrong path will not.
        if (!error.is_disk_trouble()) {
            throw UnusableFolders("[service] state_dir " + config_.service.state_dir + ": " + error.what());
        }
        outbox_.raise("disk_full", "state_dir: " + log::printable(error.what()));
        next_opening_ = Clock::now() + kSecond;
        return;
    }
    if (!store_->damage().empty()) {
        outbox_.raise("store_rebuilt", store_->damage());
    }
    view_.emplace(store_->path(), config_.service.results_dir);
    commands_.emplace(*view_, store_->store(), outbox_);
}

void StorageThread::open_spool() {
    next_opening_ = Clock::now() + kSecond;
    try {
        if (!folders_) {
            bool unfinished = false;
            store_->store().for_each_unsettled([&](TaskRow&&) { unfinished = true; });
            folders_.emplace(config_.service, unfinished);
            outbox_.clear("spool_missing");
        }
        const auto give_up = [this] { return stopping_.load(); };
        if (!spool_lock_) {
            spool_lock_ = take_lock(folders_->spool.get(), folders_->spool_path, kLockPatience, give_up);
        }
        if (!results_lock_) {
            results_lock_ =
                take_lock(folders_->results.get(), folders_->results_path, kLockPatience, give_up);
        }
        folders_->require_one_file_system();
        disk_.emplace(*folders_, config_.spool, outbox_);
        generations_.emplace(*folders_);
        spool_.emplace(*folders_, config_.spool, outbox_);
        spool_->set_classes(config_.scheduling.classes);
        life_.emplace(
            TaskLife::Parts{*folders_, store_->store(), *spool_, outbox_, *disk_, *generations_, config_});
        generations_->remove_all_found();
        Recovery recovery = life_->recover();
        recovery.store_was_new = Rebuild::is_wanted(store_->store());
        recovery.paused = store_->store().fact(kPaused) == "1";
        recovery.drained_devices = drained_devices(store_->store().fact(kDrained));
        recovery.cancelled = task_ids(store_->store().fact(kCancelled));
        if (Rebuild::is_wanted(store_->store())) {
            rebuild_.emplace(*folders_, store_->store());
        }
        outbox_.clear("disk_full");
        outbox_.add([recovery](StorageEvents& events) { events.on_recovered(recovery); });
    } catch (const SpoolMissing& missing) {
        outbox_.raise("spool_missing", missing.what());
        return;
    } catch (const fs::FsError& error) {
        life_.reset();
        spool_.reset();
        if (!error.is_disk_trouble()) {
            throw UnusableFolders(std::string("spool_dir or results_dir: ") + error.what());
        }
        outbox_.raise("disk_full", "spool or results: " + log::printable(error.what()));
        return;
    } catch (const StoreError& error) {
        life_.reset();
        spool_.reset();
        if (!error.is_disk_full()) {
            throw;
        }
        outbox_.raise("disk_full", "state_dir: " + std::string(error.what()));
        return;
    }
    janitor_.emplace(
        Janitor::Parts{*folders_, store_->store(), *generations_, *disk_, outbox_, config_.retention});
    commands_->set_life(&*life_, &*disk_, &*janitor_);
    life_->set_intake(intake_open_);
    disk_->measure();
    for (auto& done : std::exchange(rescans_before_start_, {})) {
        rescan(std::move(done));
    }
}

// --- working -----------------------------------------------------------------------------------------------

void StorageThread::work() {
    if (Clock::now() >= next_second_) {
        next_second_ = Clock::now() + kSecond;
        every_second();
        write_facts();
        if (dead_) {
            return;
        }
    }
    try {
        spool_->read_events();
        spool_->start_due_scan();
        spool_->scan_some();
        spool_->check_due();
    } catch (const fs::FsError& error) {
        disk_->trouble(error);
    }
    life_->run_group();
    commands_->work();
    janitor_->work();
    rebuild_some();
    generations_->remove_some(
        [this](const std::string& generation) { return life_->will_publish(generation); });
}

void StorageThread::rebuild_some() {
    if (!rebuild_ || disk_->in_trouble()) {
        return;
    }
    try {
        if (rebuild_->step()) {
            log::info("finished tasks are back in the store, from results/ and failed/",
                      {{"rows", std::to_string(rebuild_->rows())}});
            rebuild_.reset();
        }
    } catch (const fs::FsError& error) {
        disk_->trouble(error);
    } catch (const StoreError& error) {
        if (!error.is_disk_full()) {
            throw;
        }
        disk_->trouble(error);
    }
}

void StorageThread::every_second() {
    disk_->measure();
    if (!store_->is_in_place()) {
        fatal(1, "the task store " + store_->path() +
                     " was deleted or replaced while in use: exiting, the next start rebuilds it");
        return;
    }
    if (folders_->spool_is_there()) {
        if (outbox_.is_raised("spool_missing")) {
            outbox_.clear("spool_missing");
            life_->set_intake(intake_open_);
            spool_->request_scan([] {});
        }
        return;
    }
    life_->set_intake(false);
    outbox_.raise("spool_missing",
                  "[service] spool_dir " + folders_->spool_path +
                      " is gone, or another folder has its place: intake pauses until it is back");
}

void StorageThread::watch_speed(Clock::time_point begun) {
    const auto took = Clock::now() - begun;
    if (took >= kSlow) {
        outbox_.raise("store_slow",
                      "the disk held the last group of work up for seconds: it is slow or stalling");
    } else if (took < kSlow / 5) {
        outbox_.clear("store_slow");
    }
}

void StorageThread::tell_counts() {
    if (!life_) {
        return;
    }
    const StoreTotals totals = store_->store().totals();
    StoreCounts counts;
    counts.waiting = spool_->waiting() + life_->claims_under_way();
    counts.ignored = spool_->ignored();
    counts.done = static_cast<std::uint64_t>(totals.done);
    counts.failed = static_cast<std::uint64_t>(totals.failed);
    counts.quarantined = static_cast<std::uint64_t>(totals.quarantined);
    counts.free_spool_bytes = disk_->free_spool_bytes();
    counts.free_results_bytes = disk_->free_results_bytes();
    if (told_ && *told_ == counts) {
        return;
    }
    told_ = counts;
    outbox_.add([counts](StorageEvents& events) { events.on_counts(counts); });
}

int StorageThread::event_fd() const {
    return spool_ && life_ ? spool_->event_fd() : -1;
}

Clock::time_point StorageThread::next_time() const {
    if (!life_) {
        return next_opening_;
    }
    auto next = std::min({next_second_, life_->next_time(), spool_->next_time(), janitor_->next_time()});
    if (commands_->has_work() || generations_->has_work() || (rebuild_ && !disk_->in_trouble())) {
        next = Clock::now();
    }
    return next;
}

void StorageThread::finish() {
    if (!dead_ && life_) {
        set_intake(false);
        guarded([&] {
            // At most a few groups: claim, publish, settle. On a full disk the rest is found by the next
            // start.
            while (!life_->is_idle() && !disk_->in_trouble()) {
                life_->run_group();
            }
            tell_counts();
        });
    }
    outbox_.flush();
}

}  // namespace hrn::supervisor::storage
