// The life of every unfinished task between the durable steps of design.md 4: what is claimed, published,
// recorded and settled next, in groups. One group is: renames, one sync a file system, one transaction; what
// a group could not finish stays in its list and is taken up by the next, so that a full disk at any call
// costs nothing but time.
//
// Owned by the storage thread. Machine's trouble (a disk, descriptors) goes to DiskWatch and is waited out.
// StoreErrors that are not a full disk are thrown: exit and recover.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "supervisor/storage/disk_watch.hpp"
#include "supervisor/storage/folders.hpp"
#include "supervisor/storage/generations.hpp"
#include "supervisor/storage/group_sync.hpp"
#include "supervisor/storage/outbox.hpp"
#include "supervisor/storage/recovery.hpp"
#include "supervisor/storage/result_names.hpp"
#include "supervisor/storage/spool.hpp"
#include "supervisor/storage/task_store.hpp"

namespace hrn::supervisor::storage {

class TaskLife {
public:
    // All outlive this object. `config` may change between two calls (reload).
    struct Parts {
        Folders& folders;
        TaskStore& store;
        Spool& spool;
        Outbox& outbox;
        DiskWatch& disk;
        Generations& generations;
        const Config& config;
    };
    explicit TaskLife(const Parts& parts);

    // Start-up: looks at everything unfinished, announces what is queued. Throws FsError, StoreError.
    [[nodiscard]] Recovery recover();

    // --- the loop's requests: noted here, done by the next group ----------------------------------------
    void set_intake(bool open) { intake_open_ = open; }
    void finish_done(DoneTask task);
    void finish_failed(const FailedTask& task);
    // `errors` join the history. `answer`: on_attempt_committed follows.
    void commit_attempt(const TaskId& id, std::uint32_t attempts, std::vector<TaskError> errors, bool answer);

    // --- commands: done at once, each in a transaction of its own ----------------------------------------
    [[nodiscard]] bool is_waiting_for_dispatch(const TaskId& id) const;  // queued or held, to our knowledge
    void set_held(const std::vector<TaskId>& ids, bool held);
    void bump(const std::vector<TaskId>& ids);
    // Failed or quarantined rows back to queued; returns those whose original was there. Machine's trouble
    // is thrown (FsError); the tasks then end as failed before, or queued, once it is over.
    [[nodiscard]] std::vector<TaskId> retry(std::vector<TaskRow> rows);

    // true: there is more to do at once.
    bool run_group();
    [[nodiscard]] bool has_work() const;
    [[nodiscard]] Clock::time_point next_time() const;
    // Nothing that was asked for is left undone (for stopping).
    [[nodiscard]] bool is_idle() const;
    // Does a result of this worker start (its name below results/.tmp) wait to be published?
    [[nodiscard]] bool will_publish(const std::string& generation) const;
    [[nodiscard]] std::size_t claims_under_way() const { return claims_.size(); }

private:
    struct ActiveTask {
        TaskRow row;
        bool announced = false;  // the loop knows it
        bool ending = false;     // finish_* was called
    };
    // A result is renamed to its place only when all of it is on the disk.
    enum class Durable : std::uint8_t {
        unknown,    // the group's syncfs, or an fsync of each file, comes first
        sync_each,  // a syncfs failed: which file it was about, only an fsync of each can tell
        yes
    };
    struct Publishing {
        DoneTask task;
        Clock::time_point not_before{};
        Durable durable = Durable::unknown;
    };
    struct Recording {
        TaskId id;
        TaskEvent event;
    };
    struct Attempt {
        TaskId id;
        std::uint32_t attempts;
        std::vector<TaskError> errors;
        bool answer;
    };
    struct Settling {
        TaskId id;
        Clock::time_point not_before{};
    };

    // The steps of a group, in order (task_group.cpp).
    void resolve_interrupted();
    [[nodiscard]] std::size_t expected_moves() const;
    [[nodiscard]] std::size_t room_for_claims() const;
    void begin_syncs();
    void claim_files();
    bool claim_one(WaitingFile file);
    void publish_results();
    void publish_one(const Publishing& publishing);
    void after_sync(Durable durable);
    void settle_originals();
    void settle_one(ActiveTask& active);
    void flush();
    void commit();
    void conclude();

    ActiveTask* find_ready(const TaskId& id, const char* what);
    void take_in(RecoveredTasks recovered);
    void enter(TaskRow row, bool announced);
    void announce(const std::vector<TaskRow>& rows);
    [[nodiscard]] GroupSync& results_sync() { return results_sync_ ? *results_sync_ : spool_sync_; }
    [[nodiscard]] FinishedTask finished(const TaskRow& row) const;

    Parts parts_;
    NameReservations names_;
    GroupSync spool_sync_;
    std::optional<GroupSync> results_sync_;  // none: the same file system
    bool intake_open_ = false;
    std::int64_t next_priority_ = 1;
    std::unordered_map<TaskId, ActiveTask, TaskIdHash> active_;

    std::vector<TaskRow> claims_;      // moved, not accepted yet
    std::vector<TaskId> interrupted_;  // claimed/ID/ in an unknown state: recover_some
    std::deque<Publishing> to_publish_;
    std::vector<Publishing> syncing_;   // to_publish_ once this group's sync is over; empty between groups
    std::vector<Recording> to_record_;  // published, or failed
    std::vector<Attempt> attempts_;
    std::deque<Settling> to_settle_;  // recorded
    std::vector<TaskId> settled_;     // original moved, not recorded as such yet
    std::vector<TaskId> to_clean_;    // settled; claimed/ID/ still there
};

[[nodiscard]] QueuedTask queued_task(const TaskRow& row);

}  // namespace hrn::supervisor::storage
