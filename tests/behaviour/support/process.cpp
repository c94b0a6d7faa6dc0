#include "tests/behaviour/support/process.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <fstream>
#include <stdexcept>
#include <system_error>
#include <thread>

#include "shared/unique_fd.hpp"

extern char** environ;

namespace hrn::test {
namespace {

using Clock = std::chrono::steady_clock;

int exit_status(int wait_status) {
    return WIFEXITED(wait_status) ? WEXITSTATUS(wait_status) : 128 + WTERMSIG(wait_status);
}

class SpawnActions {
public:
    SpawnActions() { posix_spawn_file_actions_init(&actions_); }
    ~SpawnActions() { posix_spawn_file_actions_destroy(&actions_); }
    SpawnActions(const SpawnActions&) = delete;
    SpawnActions& operator=(const SpawnActions&) = delete;
    posix_spawn_file_actions_t* get() { return &actions_; }

private:
    posix_spawn_file_actions_t actions_{};
};

pid_t spawn(const std::string& program, const std::vector<std::string>& arguments,
            const std::vector<std::string>& extra_environment, SpawnActions& actions) {
    std::vector<std::string> environment;
    for (char** entry = environ; *entry != nullptr; ++entry) {
        environment.emplace_back(*entry);
    }
    environment.insert(environment.end(), extra_environment.begin(), extra_environment.end());
    std::vector<char*> argv;
    argv.push_back(const_cast<char*>(program.c_str()));
    for (const std::string& argument : arguments) {
        argv.push_back(const_cast<char*>(argument.c_str()));
    }
    argv.push_back(nullptr);
    std::vector<char*> envp;
    for (std::string& entry : environment) {
        envp.push_back(entry.data());
    }
    envp.push_back(nullptr);
    pid_t pid = -1;
    const int error = posix_spawn(&pid, program.c_str(), actions.get(), nullptr, argv.data(), envp.data());
    if (error != 0) {
        throw std::system_error(error, std::generic_category(), "cannot start " + program);
    }
    return pid;
}

}  // namespace

Finished run_program(const std::string& program, const std::vector<std::string>& arguments,
                     const std::vector<std::string>& extra_environment, std::chrono::seconds limit) {
    int out_pipe[2];
    int err_pipe[2];
    if (pipe2(out_pipe, O_CLOEXEC) != 0 || pipe2(err_pipe, O_CLOEXEC) != 0) {
        throw std::system_error(errno, std::generic_category(), "pipe2");
    }
    UniqueFd out(out_pipe[0]);
    UniqueFd err(err_pipe[0]);
    UniqueFd out_write(out_pipe[1]);
    UniqueFd err_write(err_pipe[1]);
    SpawnActions actions;
    posix_spawn_file_actions_addopen(actions.get(), 0, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(actions.get(), out_write.get(), 1);
    posix_spawn_file_actions_adddup2(actions.get(), err_write.get(), 2);
    const pid_t pid = spawn(program, arguments, extra_environment, actions);
    out_write.reset();
    err_write.reset();

    Finished finished;
    const auto deadline = Clock::now() + limit;
    std::array<pollfd, 2> polls{{{out.get(), POLLIN, 0}, {err.get(), POLLIN, 0}}};
    bool late = false;
    while (polls[0].fd >= 0 || polls[1].fd >= 0) {
        const auto left =
            std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now()).count();
        if (left <= 0) {
            late = true;
            break;
        }
        ::poll(polls.data(), polls.size(), static_cast<int>(left));
        for (std::size_t i = 0; i < polls.size(); ++i) {
            if (polls[i].fd < 0 || polls[i].revents == 0) {
                continue;
            }
            std::array<char, 16384> buffer;
            const ssize_t count = ::read(polls[i].fd, buffer.data(), buffer.size());
            if (count <= 0) {
                polls[i].fd = -1;
            } else {
                (i == 0 ? finished.out : finished.err).append(buffer.data(), static_cast<std::size_t>(count));
            }
        }
    }
    if (late) {
        ::kill(pid, SIGKILL);
    }
    int wait_status = 0;
    ::waitpid(pid, &wait_status, 0);
    if (late) {
        throw std::runtime_error(program + " did not end in time; it said: " + finished.out + finished.err);
    }
    finished.status = exit_status(wait_status);
    return finished;
}

Running::Running(const std::string& program, const std::vector<std::string>& arguments,
                 const std::vector<std::string>& extra_environment, const std::string& log_file) {
    SpawnActions actions;
    posix_spawn_file_actions_addopen(actions.get(), 0, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_addopen(actions.get(), 1, log_file.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0644);
    posix_spawn_file_actions_adddup2(actions.get(), 1, 2);
    pid_ = spawn(program, arguments, extra_environment, actions);
}

Running::Running(Running&& other) noexcept
    : pid_(std::exchange(other.pid_, -1)), status_(std::exchange(other.status_, -1)) {}

Running& Running::operator=(Running&& other) noexcept {
    if (this != &other) {
        kill_and_reap();
        pid_ = std::exchange(other.pid_, -1);
        status_ = std::exchange(other.status_, -1);
    }
    return *this;
}

Running::~Running() {
    kill_and_reap();
}

void Running::kill_and_reap() {
    if (pid_ > 0 && status_ < 0) {
        ::kill(pid_, SIGKILL);
        int wait_status = 0;
        ::waitpid(pid_, &wait_status, 0);
        status_ = exit_status(wait_status);
    }
}

bool Running::alive() {
    if (pid_ <= 0 || status_ >= 0) {
        return false;
    }
    int wait_status = 0;
    if (::waitpid(pid_, &wait_status, WNOHANG) == pid_) {
        status_ = exit_status(wait_status);
        return false;
    }
    return true;
}

void Running::signal(int number) const {
    if (pid_ > 0 && status_ < 0) {
        ::kill(pid_, number);
    }
}

int Running::wait(std::chrono::milliseconds limit) {
    const auto deadline = Clock::now() + limit;
    while (alive()) {
        if (Clock::now() > deadline) {
            throw std::runtime_error("process " + std::to_string(pid_) + " did not end in time");
        }
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    return status_;
}

long status_kilobytes(pid_t pid, const std::string& key) {
    std::ifstream status("/proc/" + std::to_string(pid) + "/status");
    for (std::string line; std::getline(status, line);) {
        if (line.starts_with(key)) {
            return std::stol(line.substr(key.size()));
        }
    }
    return 0;
}

}  // namespace hrn::test
