#include "tests/chaos/crew.hpp"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <iostream>
#include <stdexcept>
#include <system_error>

#include "shared/unique_fd.hpp"

namespace hrn::test {
namespace {

[[noreturn]] void fail(const char* what) {
    throw std::system_error(errno, std::generic_category(), what);
}

std::string read_to_end(int fd) {
    std::string text;
    char buffer[4096];
    for (;;) {
        const ssize_t size = ::read(fd, buffer, sizeof buffer);
        if (size < 0 && errno == EINTR) {
            continue;
        }
        if (size <= 0) {
            return text;
        }
        text.append(buffer, static_cast<std::size_t>(size));
    }
}

bool write_all(int fd, const std::string& text) {
    for (std::size_t at = 0; at < text.size();) {
        const ssize_t size = ::write(fd, text.data() + at, text.size() - at);
        if (size < 0 && errno == EINTR) {
            continue;
        }
        if (size <= 0) {
            return false;
        }
        at += static_cast<std::size_t>(size);
    }
    return true;
}

// Never returns; what the parent had buffered is not written a second time.
[[noreturn]] void be_child(int answer, Share share, const std::function<nlohmann::json(Share)>& work) {
    try {
        ::_exit(write_all(answer, work(share).dump()) ? EXIT_SUCCESS : EXIT_FAILURE);
    } catch (const std::exception& error) {
        std::cerr << "hrn-chaos: process " << share.index << ": " << error.what() << '\n';
        ::_exit(EXIT_FAILURE);
    }
}

struct Child {
    pid_t pid;
    UniqueFd answer;
};

Child start_child(Share share, const std::function<nlohmann::json(Share)>& work) {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) {
        fail("pipe2");
    }
    UniqueFd read_end(ends[0]);
    const UniqueFd write_end(ends[1]);
    const pid_t pid = ::fork();
    if (pid < 0) {
        fail("fork");
    }
    if (pid == 0) {
        be_child(write_end.get(), share, work);
    }
    return {pid, std::move(read_end)};
}

}  // namespace

std::vector<nlohmann::json> share_out(std::uint64_t processes,
                                      const std::function<nlohmann::json(Share)>& work) {
    std::vector<Child> children;
    for (std::uint64_t index = 0; index < processes; ++index) {
        children.push_back(start_child({index, processes}, work));
    }
    std::vector<nlohmann::json> answers;
    for (const Child& child : children) {
        const std::string answer = read_to_end(child.answer.get());
        int status = 0;
        if (::waitpid(child.pid, &status, 0) != child.pid || status != 0) {
            throw std::runtime_error("a process ended with status " + std::to_string(status) +
                                     " and without its counts");
        }
        answers.push_back(nlohmann::json::parse(answer));
    }
    return answers;
}

}  // namespace hrn::test
