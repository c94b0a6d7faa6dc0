#include "worker/runtime/process_start.hpp"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace hrn::runtime {

namespace {

[[noreturn]] void fail(const char* call) {
    throw std::system_error(errno, std::generic_category(), call);
}

}  // namespace

void become_worker_process() {
    if (::prctl(PR_SET_PDEATHSIG, SIGKILL) != 0) {
        fail("prctl(PR_SET_PDEATHSIG)");
    }
    sigset_t none;
    ::sigemptyset(&none);
    if (::sigprocmask(SIG_SETMASK, &none, nullptr) != 0) {
        fail("sigprocmask");
    }
    if (::signal(SIGPIPE, SIG_DFL) == SIG_ERR) {
        fail("signal(SIGPIPE)");
    }
    // A terminal's Ctrl-C goes to the supervisor alone, which then drains its workers. EPERM: we lead a
    // session already, and so a group of our own.
    if (::setpgid(0, 0) != 0 && errno != EPERM) {
        fail("setpgid");
    }
}

bool parent_is(int supervisor_pid) {
    return ::getppid() == supervisor_pid;
}

UniqueFd stop_signals_fd() {
    sigset_t signals;
    ::sigemptyset(&signals);
    ::sigaddset(&signals, SIGTERM);
    ::sigaddset(&signals, SIGINT);
    const int error = ::pthread_sigmask(SIG_BLOCK, &signals, nullptr);
    if (error != 0) {
        throw std::system_error(error, std::generic_category(), "pthread_sigmask");
    }
    UniqueFd fd(::signalfd(-1, &signals, SFD_NONBLOCK | SFD_CLOEXEC));
    if (!fd) {
        fail("signalfd");
    }
    return fd;
}

bool stop_signal_arrived(int fd) {
    signalfd_siginfo info{};
    return ::read(fd, &info, sizeof(info)) == static_cast<ssize_t>(sizeof(info));
}

}  // namespace hrn::runtime
