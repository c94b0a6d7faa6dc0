#include "worker/runtime/confinement/call_rules.hpp"

#include <fcntl.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include <cerrno>

namespace hrn::runtime {

namespace {

constexpr std::uint64_t kInt = 0xFFFFFFFFU;  // an int argument: the upper half is not looked at by the kernel
constexpr std::uint64_t kSocketType = 0xF;   // without SOCK_CLOEXEC, SOCK_NONBLOCK
constexpr std::uint64_t kOpenMode = O_ACCMODE | O_TRUNC;
constexpr std::uint64_t kIoPriorityProcess = 1;  // IOPRIO_WHO_PROCESS; glibc has no header for it

constexpr CallRule refused(const char* name, int number = -1) {
    return {name, EPERM, number};
}
constexpr CallRule refused_if(const char* name, unsigned argument, std::uint64_t mask, std::uint64_t value) {
    return {name, EPERM, -1, When::masked_equal, argument, mask, value};
}

constexpr CallRule kRules[] = {
    // No socket of any family: no network, and above all not the control socket, where a worker would be
    // taken for the service's own user. Not even AF_UNIX: what CUDA needs of it (MPS) is connected while
    // loading. A connected pair is a pipe, but a datagram one could be pointed elsewhere.
    refused("socket"),
    refused("connect"),
    refused("bind"),
    refused("listen"),
    refused("accept"),
    refused("accept4"),
    refused_if("socketpair", 1, kSocketType, SOCK_DGRAM),
    refused_if("socketpair", 1, kSocketType, SOCK_RAW),
    // It would do all of this past the filter.
    refused("io_uring_setup", 425),
    refused("io_uring_enter", 426),
    refused("io_uring_register", 427),

    // No other program (children: see below).
    refused("execve"),
    refused("execveat"),
    // It dies with its supervisor and stays in its process group.
    refused_if("prctl", 0, kInt, PR_SET_PDEATHSIG),
    refused("setpgid"),
    refused("setsid"),

    // Nobody else's memory, descriptors or registers.
    refused("process_vm_readv"),
    refused("process_vm_writev"),
    refused("process_madvise", 440),
    refused("process_mrelease", 448),
    refused("pidfd_open", 434),
    refused("pidfd_getfd", 438),
    refused("pidfd_send_signal", 424),
    refused("kcmp"),
    refused("tkill"),
    refused("rt_sigqueueinfo"),
    refused("rt_tgsigqueueinfo"),
    refused("perf_event_open"),
    refused("userfaultfd"),
    refused("bpf"),
    refused("keyctl"),
    refused("add_key"),
    refused("request_key"),
    refused_if("ioctl", 1, kInt, TIOCSTI),

    // Landlock restricts opening and making; these change a file that can be read, or by its path alone.
    refused("chmod"),
    refused("fchmod"),
    refused("fchmodat"),
    refused("fchmodat2", 452),
    refused("chown"),
    refused("fchown"),
    refused("lchown"),
    refused("fchownat"),
    refused("utime"),
    refused("utimes"),
    refused("futimesat"),
    refused("utimensat"),
    refused("setxattr"),
    refused("lsetxattr"),
    refused("fsetxattr"),
    refused("setxattrat", 463),
    refused("removexattr"),
    refused("lremovexattr"),
    refused("fremovexattr"),
    refused("removexattrat", 466),
    refused("file_setattr", 469),
    // Before ABI 3 Landlock does not see a truncation of what may only be read. Mode 3 is "neither".
    refused("truncate"),
    refused_if("open", 1, kOpenMode, O_TRUNC | O_RDONLY),
    refused_if("open", 1, kOpenMode, O_TRUNC | O_ACCMODE),
    refused_if("openat", 2, kOpenMode, O_TRUNC | O_RDONLY),
    refused_if("openat", 2, kOpenMode, O_TRUNC | O_ACCMODE),
    {"openat2", ENOSYS, 437},  // hides its flags

    // What no program without privileges can do, and what has been a way to get them.
    refused("unshare"),
    refused("setns"),
    refused("mount"),
    refused("umount2"),
    refused("pivot_root"),
    refused("chroot"),
    refused("move_mount", 429),
    refused("open_tree", 428),
    refused("open_tree_attr", 467),
    refused("fsopen", 430),
    refused("fsconfig", 431),
    refused("fsmount", 432),
    refused("fspick", 433),
    refused("mount_setattr", 442),
    refused("open_by_handle_at"),
    refused("fanotify_init"),
    refused("quotactl"),
    refused("quotactl_fd", 443),
    refused("swapon"),
    refused("swapoff"),
    refused("acct"),
    refused("syslog"),
    refused("personality"),
    refused("init_module"),
    refused("finit_module"),
    refused("delete_module"),
    refused("kexec_load"),
    refused("kexec_file_load"),
    refused("reboot"),
    refused("settimeofday"),
    refused("clock_settime"),
    refused("clock_adjtime"),
    refused("adjtimex"),
    refused("sethostname"),
    refused("setdomainname"),
    refused("setuid"),
    refused("setgid"),
    refused("setreuid"),
    refused("setregid"),
    refused("setresuid"),
    refused("setresgid"),
    refused("setgroups"),
    refused("capset"),
};

// A child would outlive the worker, with the lock of its device. clone3 hides its flags from a filter;
// without it the C library starts threads by clone.
constexpr CallRule kChildRules[] = {
    refused("fork"),
    refused("vfork"),
    refused_if("clone", 0, CLONE_THREAD, 0),
    refused_if("clone", 0, CLONE_NEWNS, CLONE_NEWNS),
    refused_if("clone", 0, CLONE_NEWNET, CLONE_NEWNET),
    refused_if("clone", 0, CLONE_NEWIPC, CLONE_NEWIPC),
    refused_if("clone", 0, CLONE_NEWUTS, CLONE_NEWUTS),
    refused_if("clone", 0, CLONE_NEWCGROUP, CLONE_NEWCGROUP),
    {"clone3", ENOSYS, 435},
    refused("ptrace"),
};

}  // namespace

std::span<const CallRule> call_rules() {
    return kRules;
}

std::span<const CallRule> child_rules() {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    return {};
#else
    return kChildRules;
#endif
}

std::vector<CallRule> rules_about_others(int own_pid) {
    const auto own = static_cast<std::uint64_t>(own_pid);
    const auto only = [](const char* name, unsigned argument, std::uint64_t allowed) {
        return CallRule{name, EPERM, -1, When::not_equal, argument, 0, allowed};
    };
    return {
        only("kill", 0, own),
        only("tgkill", 0, own),
        only("prlimit64", 0, 0),
        only("sched_setscheduler", 0, 0),
        only("sched_setparam", 0, 0),
        only("sched_setattr", 0, 0),
        only("migrate_pages", 0, 0),
        only("move_pages", 0, 0),
        only("setpriority", 0, PRIO_PROCESS),
        only("setpriority", 1, 0),
        only("ioprio_set", 0, kIoPriorityProcess),
        only("ioprio_set", 1, 0),
    };
}

}  // namespace hrn::runtime
