#include "tests/unit/shared/stepped_child.hpp"

#include <signal.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <stdexcept>
#include <system_error>

namespace hrn::test {
namespace {

int wait_for_stop(pid_t pid) {
    int status = 0;
    while (::waitpid(pid, &status, 0) != pid) {
        if (errno != EINTR) {
            throw std::system_error(errno, std::generic_category(), "waitpid");
        }
    }
    return status;
}

std::vector<std::byte> copy_of(const Watched& watched) {
    std::vector<std::byte> copy;
    for (const auto& range : watched) {
        copy.insert(copy.end(), range.begin(), range.end());
    }
    return copy;
}

bool equal(const Watched& watched, const std::vector<std::byte>& copy) {
    auto at = copy.begin();
    for (const auto& range : watched) {
        if (!std::equal(range.begin(), range.end(), at)) {
            return false;
        }
        at += static_cast<std::ptrdiff_t>(range.size());
    }
    return true;
}

}  // namespace

SharedMemory::SharedMemory(std::size_t bytes)
    : address_(::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0)),
      bytes_(bytes) {
    if (address_ == MAP_FAILED) {
        throw std::system_error(errno, std::generic_category(), "mmap");
    }
}

SharedMemory::~SharedMemory() {
    ::munmap(address_, bytes_);
}

SteppedChild::SteppedChild(const std::function<void()>& body) : pid_(::fork()) {
    if (pid_ < 0) {
        throw std::system_error(errno, std::generic_category(), "fork");
    }
    if (pid_ == 0) {
        if (::ptrace(PTRACE_TRACEME, 0, nullptr, nullptr) != 0) {
            ::_exit(1);
        }
        ::raise(SIGSTOP);  // the body begins
        body();
        ::raise(SIGSTOP);  // the body has ended
        ::_exit(0);
    }
    const int status = wait_for_stop(pid_);
    if (!WIFSTOPPED(status) || WSTOPSIG(status) != SIGSTOP) {
        pid_ = -1;
        throw std::runtime_error("the child cannot be traced (ptrace)");
    }
}

SteppedChild::~SteppedChild() {
    kill();
}

void SteppedChild::kill() {
    if (pid_ > 0) {
        ::kill(pid_, SIGKILL);
        while (!WIFSIGNALED(wait_for_stop(pid_))) {
        }
        pid_ = -1;
    }
}

bool SteppedChild::step() {
    if (::ptrace(PTRACE_SINGLESTEP, pid_, nullptr, nullptr) != 0) {
        throw std::system_error(errno, std::generic_category(), "ptrace(PTRACE_SINGLESTEP)");
    }
    const int status = wait_for_stop(pid_);
    if (!WIFSTOPPED(status)) {
        pid_ = -1;
        throw std::runtime_error("the stepped child died by itself");
    }
    return WSTOPSIG(status) != SIGSTOP;
}

bool SteppedChild::run_until_stores(int stores, const Watched& watched) {
    std::vector<std::byte> before = copy_of(watched);
    for (int seen = 0; seen < stores;) {
        if (ended_ || !step()) {
            ended_ = true;
            return false;
        }
        if (!equal(watched, before)) {
            ++seen;
            before = copy_of(watched);
        }
    }
    return true;
}

int kill_at_every_store(const Watched& watched, const std::function<void()>& reset,
                        const std::function<void()>& body, const std::function<void(int)>& check) {
    for (int stores = 0;; ++stores) {
        reset();
        SteppedChild child(body);
        const bool stopped_between = child.run_until_stores(stores, watched);
        child.kill();
        check(stores);
        if (!stopped_between) {
            return stores - 1;
        }
    }
}

}  // namespace hrn::test
