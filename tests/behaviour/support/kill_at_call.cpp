// An LD_PRELOAD layer for tests: ends the process with SIGKILL right before or right after its N-th durable
// call (write to a regular file, pwrite64, fsync, fdatasync, syncfs, rename, renameat2, mkdirat, linkat,
// unlinkat).
//
//   HRN_KILL_PROGRAM  only processes whose executable has this base name
//   HRN_KILL_AT       N, counted from 1; unset or 0: only count
//   HRN_KILL_WHEN     "before" or "after" the call
//   HRN_KILL_LOG      a file that gets one line when it fires ("17 before renameat2"): no line, no N-th call
//
// Counting starts when HRN_KILL_ARM (a path) exists, so that a test can skip the calls of start-up or not.
#include <dlfcn.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

#include <atomic>

namespace {

struct Plan {
    bool active = false;
    long at = 0;
    bool after = false;
    const char* log = nullptr;
    const char* arm = nullptr;
};

Plan make_plan() {
    Plan plan;
    const char* program = getenv("HRN_KILL_PROGRAM");
    const char* at = getenv("HRN_KILL_AT");
    if (program == nullptr || at == nullptr) {
        return plan;
    }
    char path[4096];
    const ssize_t length = readlink("/proc/self/exe", path, sizeof path - 1);
    if (length <= 0) {
        return plan;
    }
    path[length] = '\0';
    const char* base = strrchr(path, '/');
    plan.active = strcmp(base == nullptr ? path : base + 1, program) == 0;
    plan.at = atol(at);
    const char* when = getenv("HRN_KILL_WHEN");
    plan.after = when != nullptr && strcmp(when, "after") == 0;
    plan.log = getenv("HRN_KILL_LOG");
    plan.arm = getenv("HRN_KILL_ARM");
    return plan;
}

const Plan& plan() {
    static const Plan the_plan = make_plan();
    return the_plan;
}

std::atomic<long> calls{0};
std::atomic<bool> armed{false};

template <typename Function>
Function real(const char* name) {
    return reinterpret_cast<Function>(dlsym(RTLD_NEXT, name));
}

void end_here(long number, const char* when, const char* call) {
    if (plan().log != nullptr) {
        const int fd = open(plan().log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
        if (fd >= 0) {
            char line[128];
            const int length = snprintf(line, sizeof line, "%ld %s %s\n", number, when, call);
            static const auto real_write = real<ssize_t (*)(int, const void*, size_t)>("write");
            (void)!real_write(fd, line, static_cast<size_t>(length));
            close(fd);
        }
    }
    kill(getpid(), SIGKILL);
    for (;;) {
        pause();
    }
}

// The number of this call if it is to be watched, else 0.
long count(const char* call) {
    if (!plan().active) {
        return 0;
    }
    if (!armed.load(std::memory_order_relaxed)) {
        if (plan().arm != nullptr && access(plan().arm, F_OK) != 0) {
            return 0;
        }
        armed.store(true, std::memory_order_relaxed);
    }
    const long number = calls.fetch_add(1, std::memory_order_relaxed) + 1;
    if (!plan().after && number == plan().at) {
        end_here(number, "before", call);
    }
    return number;
}

void done(long number, const char* call) {
    if (plan().active && plan().after && number != 0 && number == plan().at) {
        end_here(number, "after", call);
    }
}

bool regular_file(int fd) {
    struct stat status {};
    return plan().active && fstat(fd, &status) == 0 && S_ISREG(status.st_mode);
}

}  // namespace

extern "C" {

ssize_t write(int fd, const void* data, size_t size) {
    static const auto next = real<ssize_t (*)(int, const void*, size_t)>("write");
    // Standard error may be a log file: its lines are no durable step.
    const long number = fd > 2 && regular_file(fd) ? count("write") : 0;
    const ssize_t result = next(fd, data, size);
    done(number, "write");
    return result;
}

ssize_t pwrite64(int fd, const void* data, size_t size, off64_t offset) {
    static const auto next = real<ssize_t (*)(int, const void*, size_t, off64_t)>("pwrite64");
    const long number = count("pwrite64");
    const ssize_t result = next(fd, data, size, offset);
    done(number, "pwrite64");
    return result;
}

int fsync(int fd) {
    static const auto next = real<int (*)(int)>("fsync");
    const long number = count("fsync");
    const int result = next(fd);
    done(number, "fsync");
    return result;
}

int fdatasync(int fd) {
    static const auto next = real<int (*)(int)>("fdatasync");
    const long number = count("fdatasync");
    const int result = next(fd);
    done(number, "fdatasync");
    return result;
}

int syncfs(int fd) noexcept {
    static const auto next = real<int (*)(int)>("syncfs");
    const long number = count("syncfs");
    const int result = next(fd);
    done(number, "syncfs");
    return result;
}

int rename(const char* from, const char* to) noexcept {
    static const auto next = real<int (*)(const char*, const char*)>("rename");
    const long number = count("rename");
    const int result = next(from, to);
    done(number, "rename");
    return result;
}

int renameat(int from_dir, const char* from, int to_dir, const char* to) noexcept {
    static const auto next = real<int (*)(int, const char*, int, const char*)>("renameat");
    const long number = count("renameat");
    const int result = next(from_dir, from, to_dir, to);
    done(number, "renameat");
    return result;
}

int renameat2(int from_dir, const char* from, int to_dir, const char* to, unsigned flags) noexcept {
    static const auto next = real<int (*)(int, const char*, int, const char*, unsigned)>("renameat2");
    const long number = count("renameat2");
    const int result = next(from_dir, from, to_dir, to, flags);
    done(number, "renameat2");
    return result;
}

int mkdirat(int dir, const char* name, mode_t mode) noexcept {
    static const auto next = real<int (*)(int, const char*, mode_t)>("mkdirat");
    const long number = count("mkdirat");
    const int result = next(dir, name, mode);
    done(number, "mkdirat");
    return result;
}

int linkat(int from_dir, const char* from, int to_dir, const char* to, int flags) noexcept {
    static const auto next = real<int (*)(int, const char*, int, const char*, int)>("linkat");
    const long number = count("linkat");
    const int result = next(from_dir, from, to_dir, to, flags);
    done(number, "linkat");
    return result;
}

int unlinkat(int dir, const char* name, int flags) noexcept {
    static const auto next = real<int (*)(int, const char*, int)>("unlinkat");
    const long number = count("unlinkat");
    const int result = next(dir, name, flags);
    done(number, "unlinkat");
    return result;
}

}  // extern "C"
