// [hooks]: the operator's programs that are run when tasks end. At most a few at once, in the order in which
// the tasks ended; a hook that runs too long is killed with its children. Nothing waits for a hook and no
// task depends on one: what fails is logged, with what the hook said last.
//
// A hook gets the task as `hrn-ctl show --json` gives it on its standard input, in one line, and in its
// environment, as bytes: HRN_TASK_ID, HRN_PATH (below incoming/), HRN_STATE ("done", "failed",
// "quarantined"), HRN_RESULT_DIR (done only), HRN_ERROR_CODE (the others only). It is run at most once for
// each end of a task: what was not run when the service was killed is not run later.
//
// Loop thread, which is the main thread (all processes are started there). A program that is missing or ends
// badly is the operator's; a queue that grows beyond its bound drops the newest and is a problem.
#pragma once

#include <cstddef>
#include <deque>
#include <functional>
#include <list>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <string>

#include "shared/config.hpp"
#include "supervisor/storage/storage.hpp"
#include "supervisor/workers/clock.hpp"

namespace boost::asio {
class io_context;
}

namespace hrn::supervisor {

class Hooks {
public:
    static constexpr std::size_t kMostAtOnce = 4;
    static constexpr std::size_t kLongestQueue = 10'000;

    // The task as JSON, asked for when its hook is about to be started.
    using Describe = std::function<void(const TaskId& id, JsonCallback done)>;
    // More tasks ended than hooks could be run for; or that is over.
    using Behind = std::function<void(bool behind)>;

    // `config` may change between two calls (reload).
    Hooks(boost::asio::io_context& io, const Config::Hooks& config, Describe describe, Behind behind);
    ~Hooks();  // kills those that run
    Hooks(const Hooks&) = delete;
    Hooks& operator=(const Hooks&) = delete;

    void ended(const FinishedTask& task);
    // Kills those whose time is over.
    void tick(TimePoint now);
    // None runs and none waits to be run.
    [[nodiscard]] bool idle() const;

private:
    class Run;
    [[nodiscard]] const std::vector<std::string>& command_for(const FinishedTask& task) const;
    void start_some();
    void start(const FinishedTask& task, const std::string& description);
    void finished(Run* run);

    boost::asio::io_context& io_;
    const Config::Hooks& config_;
    Describe describe_;
    Behind behind_;
    std::deque<FinishedTask> waiting_;
    std::size_t described_ = 0;  // asked about, not started yet
    std::list<std::unique_ptr<Run>> running_;
    bool is_behind_ = false;
    std::shared_ptr<Hooks*> self_;  // answers that come after the end find nothing here
};

}  // namespace hrn::supervisor
