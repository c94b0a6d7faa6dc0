// The system calls that a loaded worker has given up, one attempt each.
#include "worker/runtime/confinement/call_filter.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>

#include <atomic>
#include <functional>
#include <string>
#include <thread>

#include "tests/unit/runtime/confinement/confined_child.hpp"
#include "tests/unit/runtime/fake_supervisor.hpp"

namespace hrn::runtime {
namespace {

using test::error_of;
using test::in_confined_child;

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool kSanitized = true;
#else
constexpr bool kSanitized = false;
#endif

bool confine() {
    return ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && filter_calls();
}

int try_to_execute() {
    char* const arguments[] = {const_cast<char*>("/bin/true"), nullptr};
    return error_of(::execv("/bin/true", arguments));
}
int try_to_fork() {
    const pid_t child = ::fork();
    if (child == 0) {
        ::_exit(0);
    }
    return error_of(child);
}
int try_to_read_the_parent() {
    char byte = 0;
    iovec here{&byte, 1};
    iovec there{&byte, 1};  // the same address is mapped in the parent
    return error_of(::process_vm_readv(::getppid(), &here, 1, &there, 1, 0));
}
int try_to_limit_the_parent() {
    const rlimit none{0, 0};
    return error_of(::prlimit(::getppid(), RLIMIT_CORE, &none, nullptr));
}
int try_io_uring() {
    return error_of(::syscall(SYS_io_uring_setup, 1U, nullptr));
}

struct Attempt {
    const char* name;
    std::function<int()> run;
    int error;
    bool in_sanitized_builds = true;
};
std::ostream& operator<<(std::ostream& out, const Attempt& attempt) {
    return out << attempt.name;
}

class CallFilterRefuses : public ::testing::TestWithParam<Attempt> {};

TEST_P(CallFilterRefuses, WithAnError) {
    if (kSanitized && !GetParam().in_sanitized_builds) {
        GTEST_SKIP() << "the sanitizers need it";
    }
    EXPECT_EQ(in_confined_child(confine, GetParam().run), GetParam().error);
}

INSTANTIATE_TEST_SUITE_P(
    Calls, CallFilterRefuses,
    ::testing::Values(
        Attempt{"Inet", [] { return error_of(::socket(AF_INET, SOCK_STREAM, 0)); }, EPERM},
        Attempt{"Inet6", [] { return error_of(::socket(AF_INET6, SOCK_DGRAM, 0)); }, EPERM},
        Attempt{"Netlink", [] { return error_of(::socket(AF_NETLINK, SOCK_RAW, 0)); }, EPERM},
        Attempt{"Unix", [] { return error_of(::socket(AF_UNIX, SOCK_STREAM, 0)); }, EPERM},
        Attempt{"DatagramPair",
                [] {
                    int fds[2];
                    return error_of(::socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, fds));
                },
                EPERM},
        Attempt{"IoUring", try_io_uring, EPERM}, Attempt{"Execute", try_to_execute, EPERM},
        Attempt{"Fork", try_to_fork, EPERM, false},
        Attempt{"Trace", [] { return error_of(::ptrace(PTRACE_SEIZE, ::getppid(), nullptr, nullptr)); },
                EPERM, false},
        Attempt{"ReadOtherMemory", try_to_read_the_parent, EPERM},
        Attempt{"OpenAPidfd", [] { return error_of(::syscall(SYS_pidfd_open, ::getppid(), 0)); }, EPERM},
        Attempt{"SignalTheParent", [] { return error_of(::kill(::getppid(), 0)); }, EPERM},
        Attempt{"SignalTheGroup", [] { return error_of(::kill(0, 0)); }, EPERM},
        Attempt{"LimitTheParent", try_to_limit_the_parent, EPERM},
        Attempt{"SlowTheParentDown", [] { return error_of(::setpriority(PRIO_PROCESS, ::getppid(), 19)); },
                EPERM},
        Attempt{"OutliveTheSupervisor", [] { return error_of(::prctl(PR_SET_PDEATHSIG, 0)); }, EPERM},
        Attempt{"LeaveItsGroup", [] { return error_of(::setsid()); }, EPERM},
        Attempt{"Mount", [] { return error_of(::mount("none", "/tmp", "tmpfs", 0, nullptr)); }, EPERM},
        Attempt{"Unshare", [] { return error_of(::unshare(CLONE_NEWUSER)); }, EPERM},
        Attempt{"Keys", [] { return error_of(::syscall(SYS_keyctl, 0, 0, 0, 0, 0)); }, EPERM},
        Attempt{"Bpf", [] { return error_of(::syscall(SYS_bpf, 0, nullptr, 0)); }, EPERM},
        Attempt{"PerfEvents", [] { return error_of(::syscall(SYS_perf_event_open, nullptr, 0, 0, 0, 0)); },
                EPERM},
        Attempt{"Userfaultfd", [] { return error_of(::syscall(SYS_userfaultfd, 0)); }, EPERM},
        Attempt{"ChangeAMode", [] { return error_of(::chmod("/tmp", 01777)); }, EPERM},
        Attempt{"ChangeTimes", [] { return error_of(::utimensat(AT_FDCWD, "/tmp", nullptr, 0)); }, EPERM},
        Attempt{"TruncateByReading", [] { return error_of(::open("/dev/null", O_RDONLY | O_TRUNC)); }, EPERM},
        Attempt{"TruncateByPath", [] { return error_of(::truncate("/dev/null", 0)); }, EPERM}),
    [](const ::testing::TestParamInfo<Attempt>& info) { return info.param.name; });

TEST(CallFilter, StillWorks) {
    EXPECT_EQ(in_confined_child(confine,
                                [] {
                                    const int fd = ::open("/dev/null", O_RDWR | O_TRUNC | O_CLOEXEC);
                                    if (fd < 0 || ::write(fd, "x", 1) != 1) {
                                        return errno;
                                    }
                                    std::atomic<int> ran{0};
                                    std::thread thread([&] { ran = 1; });
                                    thread.join();
                                    return ran == 1 ? 0 : ECANCELED;
                                }),
              0);
}

TEST(CallFilter, AllowsAConnectedPair) {
    EXPECT_EQ(
        in_confined_child(confine,
                          [] {
                              int fds[2];
                              return error_of(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds));
                          }),
        0);
}

TEST(CallFilter, LeavesAProcessItsOwnDeath) {
    const pid_t child = ::fork();
    if (child == 0) {
        if (confine()) {
            ::signal(SIGTERM, SIG_DFL);
            ::raise(SIGTERM);
        }
        ::_exit(0);
    }
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    ASSERT_TRUE(WIFSIGNALED(status));
    EXPECT_EQ(WTERMSIG(status), SIGTERM);
}

// A thread that ran before the filter was set, as LibTorch's do.
TEST(CallFilter, CoversThreadsThatRanBefore) {
    EXPECT_EQ(in_confined_child([] { return true; },
                                [] {
                                    std::atomic<bool> confined{false};
                                    int error = 0;
                                    std::thread before([&] {
                                        while (!confined) {
                                            std::this_thread::yield();
                                        }
                                        error = error_of(::socket(AF_INET, SOCK_STREAM, 0));
                                    });
                                    const bool set = confine();
                                    confined = true;
                                    before.join();
                                    return set ? error : test::kNotConfined;
                                }),
              EPERM);
}

}  // namespace
}  // namespace hrn::runtime
