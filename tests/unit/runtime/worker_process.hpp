// A real hrn-worker-sim, started as the supervisor starts one, at the rings of a FakeSupervisor. Killed on
// destruction.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "shared/worker_launch.hpp"
#include "tests/unit/runtime/fake_supervisor.hpp"

namespace hrn::runtime::test {

class WorkerProcess {
public:
    WorkerProcess() = default;
    ~WorkerProcess();
    WorkerProcess(const WorkerProcess&) = delete;
    WorkerProcess& operator=(const WorkerProcess&) = delete;

    // The launch that belongs to this supervisor's descriptors and this process.
    [[nodiscard]] static WorkerLaunch launch_of(const FakeSupervisor& supervisor);
    void start(FakeSupervisor& supervisor, const Config& config);
    void start(const Config& config, WorkerLaunch launch);
    // Any arguments, for a worker that must not start.
    void start_with(const std::vector<std::string>& arguments, const std::vector<int>& descriptors = {});

    [[nodiscard]] pid_t pid() const { return pid_; }
    // The wait status of its end; fails the test when it does not end.
    [[nodiscard]] int wait_for_end();
    // Everything that it wrote to stderr, once it has ended.
    [[nodiscard]] std::string last_words() const;

private:
    pid_t pid_ = -1;
    UniqueFd stderr_;  // a memfd
};

}  // namespace hrn::runtime::test
