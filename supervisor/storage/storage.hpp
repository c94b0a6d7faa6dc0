// The seam between the supervisor's two threads (design.md 3.5). The storage thread owns everything durable:
// the task store (SQLite), the spool (inotify, scans, claims), publishing and settling, locks, free space.
// The loop owns everything that moves: workers, dispatch, timers, sockets. They exchange the values below and
// share nothing else.
//
// Storage's public functions are called on the loop thread only; each queues a request and returns at once.
// The queue is bounded by what the loop can have under way (at most active_limit tasks and the clients'
// requests). Answers come back through `Post` on the loop thread, in the order in which the storage thread
// made them.
//
// Storage never decides who gets a task, never retries on its own, never talks to workers. The loop never
// opens a file below spool, results or state.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "shared/config.hpp"
#include "shared/error_code.hpp"
#include "shared/records.hpp"
#include "shared/task_id.hpp"

namespace hrn::supervisor {

// What went wrong with a task, once; the history of a task is a list of these.
struct TaskError {
    ErrorCode code = ErrorCode::none;
    std::string message;  // one line for the operator
    int signal = 0;       // that ended the worker, 0 if none
    std::string stage;    // "in decode", "waiting for infer", "" if unknown
    int worker = -1;
    std::string device;
    std::int64_t time_ms = 0;  // unix milliseconds
};

// A task that may be dispatched. Everything else about it stays in the store.
struct QueuedTask {
    TaskId id;
    std::int64_t order = 0;      // smaller is dispatched first (claim order; bump makes it the smallest)
    std::uint32_t attempts = 0;  // charged so far
    bool held = false;
    std::uint64_t image_bytes = 0;
    std::string top_folder;  // first component of REL, "" for files directly in incoming/
};

// A worker says that claimed/ID/ is computed: publish, record, settle.
struct DoneTask {
    TaskId id;
    std::uint64_t generation = 0;
    std::uint32_t attempts = 0;  // this one included
    int worker = -1;
    std::string device;
    double seconds = 0;   // from dispatch to report
    ReportRecord report;  // sizes, stage times, faces
};

struct FailedTask {
    TaskId id;
    std::uint32_t attempts = 0;  // this one included, unless it never ran
    bool quarantined = false;
    int worker = -1;
    std::string device;
    double seconds = 0;
    TaskError error;
};

enum class FinalState : std::uint8_t { done, failed, quarantined };

// The end of a task, after everything about it is durable.
struct FinishedTask {
    TaskId id;
    FinalState state = FinalState::done;
    std::string path;        // REL, bytes
    std::string result_dir;  // absolute; empty unless done
    std::uint32_t attempts = 0;
    std::optional<TaskError> error;
};

// Totals of the store and the spool; what `status` shows.
struct StoreCounts {
    std::uint64_t waiting = 0;  // acceptable files in incoming/ that are not claimed yet, as last seen
    std::uint64_t ignored = 0;  // files in incoming/ that are not images
    std::uint64_t done = 0, failed = 0, quarantined = 0;
    std::uint64_t free_spool_bytes = 0, free_results_bytes = 0;
    bool operator==(const StoreCounts&) const = default;
};

struct Recovery {
    std::uint64_t requeued = 0, already_done = 0, already_failed = 0, adopted = 0, lost_original = 0;
    bool store_was_new = false;
    bool paused = false;                                 // `pause` was in force when the service stopped
    std::map<std::string, std::string> drained_devices;  // `device drain` likewise: device, reason
    std::vector<TaskId> cancelled;                       // while they ran, and not known to have come back
};

// Implemented by the loop; every call arrives on the loop thread.
class StorageEvents {
public:
    virtual ~StorageEvents() = default;
    // Locks are held, the store is open, every unfinished task has been looked at. The queued ones have been
    // announced by on_queued before.
    virtual void on_recovered(const Recovery& recovery) = 0;
    virtual void on_queued(const std::vector<QueuedTask>& tasks) = 0;
    // Answers commit_attempt: the attempt is durable, the suspect may be dispatched alone.
    virtual void on_attempt_committed(const TaskId& id) = 0;
    virtual void on_finished(const FinishedTask& task) = 0;
    // The folder was not what the worker reported (a lie or a bug of the worker) or is gone: the loop decides
    // about another attempt. The task is still held by the loop.
    virtual void on_publish_refused(const TaskId& id, const std::string& why) = 0;
    // Held, released, bumped or cancelled-while-queued by a command; `task.held` and `order` are the new
    // values.
    virtual void on_changed(const QueuedTask& task) = 0;
    virtual void on_counts(const StoreCounts& counts) = 0;
    // A condition that `status` lists until it is cleared: "spool_missing", "disk_full", "store_slow",
    // "watch_limit" …
    virtual void on_problem(const std::string& code, const std::string& text) = 0;
    virtual void on_problem_cleared(const std::string& code) = 0;
    // Nothing can be trusted any more (a failed fsync of the store, the database unlinked): exit with
    // `status` after logging `why`; the next start recovers. Status 1 may be restarted, 2 is a configuration
    // error.
    virtual void on_fatal(int status, const std::string& why) = 0;
};

// Runs a function on the loop thread, in order. Called by the storage thread.
using Post = std::function<void(std::function<void()>)>;
using JsonCallback = std::function<void(const nlohmann::json& result)>;  // on the loop thread

class Storage {
public:
    Storage(Config config, StorageEvents& events, Post post);
    ~Storage();  // stop()s
    Storage(const Storage&) = delete;
    Storage& operator=(const Storage&) = delete;

    // Takes the locks (waits up to 5 s for another instance), opens or makes the store, recovers, then opens
    // intake.
    void start();
    // Finishes what was requested, closes the store, gives the locks back, joins the thread.
    void stop();
    void reload(const Config& config);  // keys marked live

    // Intake: may files be claimed? Closed by pause, drain, a problem. Storage closes it itself on disk_full.
    void set_intake(bool open);
    void persist_pause(bool paused);
    void persist_drained_devices(std::map<std::string, std::string> devices);  // device, reason
    // Every running task that is cancelled and has not come back.
    void persist_cancelled(std::vector<TaskId> ids);
    // Calls back when everything that was requested before has been done: what a command changed is durable
    // then (or kept until the disk takes it).
    void after_all(std::function<void()> done);

    // Before a suspect is dispatched alone (design.md 4): attempts and the error that charged it.
    void commit_attempt(const TaskId& id, std::uint32_t attempts, const std::vector<TaskError>& history);
    // A failed attempt that will be tried again: history and attempts become durable, the state stays queued.
    void record_attempt(const TaskId& id, std::uint32_t attempts, const TaskError& error);
    void finish_done(DoneTask task);
    void finish_failed(FailedTask task);
    // The worker of this generation is dead and its reports are drained: results/.tmp/GENERATION goes.
    void forget_generation(std::uint64_t generation);
    // A result that nobody wants (the task was cancelled while it was computed): its folder goes.
    void discard_result(std::uint64_t generation, const TaskId& id);
    // A new worker's folder below results/.tmp, made before it starts; answers when it is there.
    void prepare_generation(std::uint64_t generation,
                            std::function<void(bool made, const std::string& why)> done);

    // Commands. Results are the JSON of design.md 10; failures are {"error": {"code", "message"}}.
    void show(const std::string& id_prefix, JsonCallback done);
    struct Listing {
        std::optional<std::string> state;
        int limit = 100;
        std::optional<std::string> after;
    };
    void list(const Listing& listing, JsonCallback done);
    // retry: failed and quarantined tasks become queued with attempts 0; answered when that is durable.
    void retry(std::vector<std::string> id_prefixes, bool all_failed, JsonCallback done);
    void set_held(std::vector<std::string> id_prefixes, bool held, JsonCallback done);
    void bump(std::vector<std::string> id_prefixes, JsonCallback done);
    // Throws away what is kept of settled tasks that finished before `before_ms`: the originals of done ones,
    // or failed and quarantined ones altogether (original, error file, row). Answered with {tasks, bytes}
    // when everything is gone.
    void clean(bool failed, std::int64_t before_ms, JsonCallback done);
    // One complete scan of incoming/; done when everything acceptable that lay there is claimed or counted as
    // waiting.
    void rescan(std::function<void()> done);
    // For `submitted` (docs/control-protocol.md): per path (REL, bytes) the newest task that was claimed from
    // it at or after `since_ms`, as a JSON list of id texts, null where there is none yet. Ids are UUIDv7:
    // the time is in the id, so this is `source = ? AND id >= ?`.
    void find_claimed(std::vector<std::string> paths, std::int64_t since_ms, JsonCallback done);
    // Resolves a unique prefix (or several) to full ids; for wait and cancel.
    void resolve(std::vector<std::string> id_prefixes, JsonCallback done);

    // How long the storage thread has been in its present turn, 0 if it waits for work: a disk that stalls
    // shows here while it stalls. Any thread.
    [[nodiscard]] std::chrono::milliseconds busy_for() const;

private:
    class Impl;
    std::unique_ptr<Impl> impl_;
};

// `hrn-supervisor --unclaim`, without a running service: puts every claimed/ID/image back where it came from
// and forgets the task. Returns how many. Throws std::runtime_error (another supervisor runs, a folder is
// missing).
std::size_t unclaim(const Config& config);

}  // namespace hrn::supervisor
