#include "supervisor/workers/worker_process.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

// glibc 2.36 declares these two without extern "C".
extern "C" {
#include <sys/pidfd.h>
}

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <stdexcept>
#include <system_error>
#include <utility>

#include <boost/process/args.hpp>
#include <boost/process/child.hpp>
#include <boost/process/env.hpp>
#include <boost/process/error.hpp>
#include <boost/process/exe.hpp>
#include <boost/process/extend.hpp>
#include <boost/process/posix.hpp>

#include "shared/log.hpp"

namespace hrn::supervisor {
namespace {

namespace process = boost::process;

constexpr int kLastWait = 1000;      // milliseconds
constexpr int kFirstInherited = 64;  // Boost.Process and we ourselves work below

// Only the supervisor talks to systemd.
bool is_private(const std::string& name) {
    return name == "NOTIFY_SOCKET" || name == "MAINPID" || name.starts_with("WATCHDOG_") ||
           name.starts_with("LISTEN_");
}

process::environment environment_of(const ProcessSpec& spec) {
    process::environment environment;
    for (const auto& entry : boost::this_process::environment()) {
        if (!is_private(entry.get_name())) {
            environment[entry.get_name()] = entry.to_string();
        }
    }
    for (const auto& [name, value] : spec.environment) {
        environment[name] = value;
    }
    return environment;
}

// Runs in the child between fork and exec: only system calls, nothing that allocates.
void prepare_child(const char* oom_score) {
    ::setpgid(0, 0);
    sigset_t none;
    ::sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
    ::signal(SIGPIPE, SIG_DFL);
    // Without the right to do so it keeps the supervisor's score; the kernel then decides by size.
    const int fd = ::open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
    if (fd >= 0) {
        [[maybe_unused]] const ssize_t written = ::write(fd, oom_score, std::strlen(oom_score));
        ::close(fd);
    }
}

}  // namespace

UniqueFd inheritable(int fd) {
    UniqueFd copy(::fcntl(fd, F_DUPFD, kFirstInherited));
    if (!copy) {
        throw std::system_error(errno, std::generic_category(), "fcntl(F_DUPFD) for a worker");
    }
    return copy;
}

WorkerProcess WorkerProcess::start(const ProcessSpec& spec) {
    UniqueFd nothing(::open("/dev/null", O_RDONLY | O_CLOEXEC));
    if (!nothing) {
        throw std::system_error(errno, std::generic_category(), "open /dev/null");
    }
    process::environment environment = environment_of(spec);
    std::array<char, 16> oom_score{};
    std::snprintf(oom_score.data(), oom_score.size(), "%d", spec.oom_score_adjust);
    pid_t failed_child = -1;
    std::error_code error;
    process::child child(process::exe = spec.program, process::args = spec.arguments, environment,
                         process::posix::fd.bind(0, spec.input_fd >= 0 ? spec.input_fd : nothing.get()),
                         process::posix::fd.bind(1, spec.output_fd),
                         process::posix::fd.bind(2, spec.output_fd),
                         process::extend::on_exec_setup([&](auto&) { prepare_child(oom_score.data()); }),
                         process::extend::on_error(
                             [&](auto& executor, const std::error_code&) { failed_child = executor.pid; }),
                         process::error(error));
    if (error) {
        // A child that could not exec has ended already and is ours to reap.
        if (failed_child > 0) {
            int status = 0;
            ::waitpid(failed_child, &status, 0);
        }
        throw std::runtime_error("cannot start " + spec.program + ": " + error.message());
    }
    const pid_t pid = child.id();
    child.detach();
    UniqueFd pidfd(::pidfd_open(pid, 0));
    if (!pidfd) {
        const int cause = errno;
        ::kill(pid, SIGKILL);  // not reaped yet, so the pid is still the child's
        int status = 0;
        ::waitpid(pid, &status, 0);
        throw std::system_error(cause, std::generic_category(), "pidfd_open of a new worker");
    }
    return {pid, std::move(pidfd)};
}

WorkerProcess::~WorkerProcess() {
    if (pidfd_) {
        try {
            signal_group(SIGKILL);
            signal(SIGKILL);
        } catch (const std::system_error& error) {
            log::error("a worker could not be killed",
                       {{"pid", std::to_string(pid_)}, {"because", error.what()}});
        }
        // One that the kernel cannot kill (a device that hangs) must not keep the supervisor from ending.
        pollfd death{pidfd_.get(), POLLIN, 0};
        ::poll(&death, 1, kLastWait);
        siginfo_t info{};
        ::waitid(P_PIDFD, static_cast<id_t>(pidfd_.get()), &info, WEXITED | WNOHANG);
    }
}

void WorkerProcess::signal(int number) {
    // ESRCH: it is dead already and waits to be reaped.
    if (pidfd_ && ::pidfd_send_signal(pidfd_.get(), number, nullptr, 0) != 0 && errno != ESRCH) {
        throw std::system_error(errno, std::generic_category(), "pidfd_send_signal to a worker");
    }
}

void WorkerProcess::signal_group(int number) {
    // The leader is not reaped, so its pid, and with it the group's id, cannot be anybody else's.
    // ESRCH: no group yet. EPERM: a child changed its user; it is not ours any more.
    if (pidfd_ && ::kill(-pid_, number) != 0 && errno != ESRCH && errno != EPERM) {
        throw std::system_error(errno, std::generic_category(), "kill of a worker's process group");
    }
}

bool WorkerProcess::dead() const {
    siginfo_t info{};
    return ::waitid(P_PIDFD, static_cast<id_t>(pidfd_.get()), &info, WEXITED | WNOHANG | WNOWAIT) == 0 &&
           info.si_pid != 0;
}

std::optional<ExitStatus> WorkerProcess::reap() {
    if (!dead()) {
        return std::nullopt;
    }
    signal_group(SIGKILL);
    siginfo_t info{};
    ::waitid(P_PIDFD, static_cast<id_t>(pidfd_.get()), &info, WEXITED | WNOHANG);
    pidfd_.reset();
    return ExitStatus{info.si_code != CLD_EXITED, info.si_status};
}

std::uint64_t resident_bytes(pid_t pid) {
    const std::string path = "/proc/" + std::to_string(pid) + "/statm";
    const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    std::array<char, 128> text{};
    if (!fd || ::read(fd.get(), text.data(), text.size() - 1) <= 0) {
        return 0;
    }
    unsigned long long size = 0, resident = 0;
    if (std::sscanf(text.data(), "%llu %llu", &size, &resident) != 2) {
        return 0;
    }
    return resident * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
}

}  // namespace hrn::supervisor
