#include "supervisor/ctl/helper_program.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <system_error>

#include "shared/unique_fd.hpp"

extern char** environ;

namespace hrn::ctl {
namespace {

constexpr std::size_t kMostOutput = 4 * 1024 * 1024;

struct Pipe {
    UniqueFd read_end, write_end;
    Pipe() {
        std::array<int, 2> ends{};
        if (::pipe2(ends.data(), O_CLOEXEC) != 0) {
            throw std::system_error(errno, std::generic_category(), "pipe2");
        }
        read_end = UniqueFd(ends[0]);
        write_end = UniqueFd(ends[1]);
    }
};

// What is there now is added to `text`; false: nobody writes any more.
bool read_some(int fd, std::string& text) {
    std::array<char, 64 * 1024> buffer;
    const ssize_t count = ::read(fd, buffer.data(), buffer.size());
    if (count > 0 && text.size() < kMostOutput) {
        text.append(buffer.data(), static_cast<std::size_t>(count));
    }
    return count > 0 || (count < 0 && errno == EINTR);
}

}  // namespace

std::optional<std::string> find_helper(const std::string& name) {
    std::vector<std::string> folders;
    std::error_code error;
    const auto self = std::filesystem::read_symlink("/proc/self/exe", error);
    if (!error) {
        folders.push_back(self.parent_path().string());
        folders.push_back(self.parent_path().string() + "/../libexec/hrn");
    }
    const char* path = std::getenv("PATH");
    std::string rest = path == nullptr ? "" : path;
    while (!rest.empty()) {
        const std::size_t end = std::min(rest.find(':'), rest.size());
        folders.push_back(rest.substr(0, end));
        rest.erase(0, end + 1);
    }
    for (const std::string& folder : folders) {
        std::string program = folder + "/" + name;
        if (!folder.empty() && ::access(program.c_str(), X_OK) == 0) {
            return program;
        }
    }
    return std::nullopt;
}

HelperAnswer run_helper(const std::string& program, const std::vector<std::string>& arguments,
                        std::chrono::seconds limit) {
    Pipe out, err;
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&actions, out.write_end.get(), 1);
    posix_spawn_file_actions_adddup2(&actions, err.write_end.get(), 2);
    std::vector<char*> argv = {const_cast<char*>(program.c_str())};
    for (const std::string& argument : arguments) {
        argv.push_back(const_cast<char*>(argument.c_str()));
    }
    argv.push_back(nullptr);
    pid_t pid = -1;
    const int failed = ::posix_spawn(&pid, program.c_str(), &actions, nullptr, argv.data(), environ);
    posix_spawn_file_actions_destroy(&actions);
    if (failed != 0) {
        throw std::system_error(failed, std::generic_category(), "cannot start " + program);
    }
    out.write_end.reset();
    err.write_end.reset();
    HelperAnswer answer;
    const auto deadline = std::chrono::steady_clock::now() + limit;
    bool in_time = true;
    std::array<pollfd, 2> ends = {{{out.read_end.get(), POLLIN, 0}, {err.read_end.get(), POLLIN, 0}}};
    while (in_time && (ends[0].fd >= 0 || ends[1].fd >= 0)) {
        const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
            deadline - std::chrono::steady_clock::now());
        in_time = left.count() > 0;
        ::poll(ends.data(), ends.size(), in_time ? static_cast<int>(left.count()) : 0);
        for (std::size_t i = 0; i < ends.size(); ++i) {
            const bool ready = ends.at(i).fd >= 0 && ends.at(i).revents != 0;
            if (ready && !read_some(ends.at(i).fd, i == 0 ? answer.out : answer.err)) {
                ends.at(i).fd = -1;
            }
        }
    }
    if (!in_time) {
        ::kill(pid, SIGKILL);
    }
    int status = 0;
    while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) {
    }
    answer.status = !in_time ? 124 : WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    return answer;
}

}  // namespace hrn::ctl
