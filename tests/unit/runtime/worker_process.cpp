#include "tests/unit/runtime/worker_process.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <thread>

namespace hrn::runtime::test {

WorkerProcess::~WorkerProcess() {
    if (pid_ > 0) {
        ::kill(pid_, SIGKILL);
        ::waitpid(pid_, nullptr, 0);
    }
}

WorkerLaunch WorkerProcess::launch_of(const FakeSupervisor& supervisor) {
    WorkerLaunch launch;
    launch.index = 0;
    launch.generation = FakeSupervisor::kGeneration;
    launch.device = "cpu";
    launch.supervisor_pid = ::getpid();
    launch.orders_fd = supervisor.orders_fd.get();
    launch.reports_fd = supervisor.reports_fd.get();
    launch.wake_fd = supervisor.wake.read_end.get();
    launch.notify_fd = supervisor.notify.write_end.get();
    return launch;
}

void WorkerProcess::start(FakeSupervisor& supervisor, const Config& config) {
    start(config, launch_of(supervisor));
}

void WorkerProcess::start(const Config& config, WorkerLaunch launch) {
    const UniqueFd text = make_sealed_text_fd("test-config", to_toml(config));
    launch.config_fd = text.get();
    start_with(arguments_of(launch),
               {launch.orders_fd, launch.reports_fd, launch.config_fd, launch.wake_fd, launch.notify_fd});
}

void WorkerProcess::start_with(const std::vector<std::string>& arguments,
                               const std::vector<int>& descriptors) {
    const std::string program = HRN_BIN_DIR "/hrn-worker-sim";
    std::vector<char*> argv = {const_cast<char*>(program.c_str())};
    for (const std::string& argument : arguments) {
        argv.push_back(const_cast<char*>(argument.c_str()));
    }
    argv.push_back(nullptr);
    stderr_.reset(::memfd_create("test-stderr", MFD_CLOEXEC));
    pid_ = ::fork();
    if (pid_ == 0) {
        for (const int descriptor : descriptors) {
            ::fcntl(descriptor, F_SETFD, 0);  // inherited
        }
        ::dup2(stderr_.get(), STDERR_FILENO);
        ::execv(program.c_str(), argv.data());
        ::_exit(127);
    }
    ASSERT_GT(pid_, 0);
}

int WorkerProcess::wait_for_end() {
    const auto end = std::chrono::steady_clock::now() + kPatience;
    for (;;) {
        int status = 0;
        const pid_t ended = ::waitpid(pid_, &status, WNOHANG);
        if (ended == pid_) {
            pid_ = -1;
            return status;
        }
        if (std::chrono::steady_clock::now() > end) {
            ADD_FAILURE() << "the worker does not end";
            return -1;
        }
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
}

std::string WorkerProcess::last_words() const {
    std::string text(4096, '\0');
    const ssize_t count = ::pread(stderr_.get(), text.data(), text.size(), 0);
    text.resize(count > 0 ? static_cast<std::size_t>(count) : 0);
    return text;
}

}  // namespace hrn::runtime::test
