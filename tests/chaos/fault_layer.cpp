// The preloaded layer: counts the calls of a program and, at the N-th, ends the process by SIGKILL right
// before or right after it, or makes it fail. Told by a FaultBlock (fault_block.hpp) what to do.
//
// Any thread of any process of the test. Never allocates: it stands in for malloc, too.
#include <dlfcn.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

#include <cerrno>

#include "tests/chaos/fault_block.hpp"

// The allocator behind the names that are replaced here; dlsym() itself allocates.
extern "C" {
void* __libc_malloc(size_t size);
void* __libc_calloc(size_t count, size_t size);
void* __libc_realloc(void* old, size_t size);
void* __libc_memalign(size_t alignment, size_t size);
}

namespace {

using hrn::test::FaultAction;
using hrn::test::FaultBlock;

FaultBlock* block = nullptr;
char own_name[64] = {};

void copy_name(char* to, size_t room, const char* from) {
    const size_t length = strnlen(from, room - 1);
    memcpy(to, from, length);
    to[length] = '\0';
}

__attribute__((constructor)) void map_block() {
    const char* number = getenv(hrn::test::kFaultDescriptorVariable);
    if (number == nullptr) {
        return;
    }
    void* mapped = mmap(nullptr, sizeof(FaultBlock), PROT_READ | PROT_WRITE, MAP_SHARED, atoi(number), 0);
    char path[4096];
    const ssize_t length = readlink("/proc/self/exe", path, sizeof path - 1);
    if (mapped == MAP_FAILED || length <= 0) {
        return;
    }
    path[length] = '\0';
    const char* slash = strrchr(path, '/');
    copy_name(own_name, sizeof own_name, slash == nullptr ? path : slash + 1);
    block = static_cast<FaultBlock*>(mapped);
}

template <typename Function>
Function real(const char* name) {
    return reinterpret_cast<Function>(dlsym(RTLD_NEXT, name));
}

void note_hit(const char* call) {
    copy_name(block->last_call, sizeof block->last_call, call);
    block->hits.fetch_add(1, std::memory_order_release);
}

[[noreturn]] void end_here(const char* call) {
    note_hit(call);
    kill(getpid(), SIGKILL);
    for (;;) {
        pause();
    }
}

enum class Ticket { ignored, fails, dies_after };

// What a call is about: a descriptor (of the file, or of the folder that a relative path starts from) or a
// path.
struct Subject {
    int fd = AT_FDCWD;
    const char* path = nullptr;
};

bool starts_with(const char* text, const char* start) {
    return strncmp(text, start, strlen(start)) == 0;
}

bool is_below(const Subject& subject) {
    if (block->below[0] == '\0') {
        return true;
    }
    if (subject.path != nullptr && subject.path[0] == '/') {
        return starts_with(subject.path, block->below);
    }
    if (subject.fd < 0) {
        return false;
    }
    char link[32];
    char target[4096];
    snprintf(link, sizeof link, "/proc/self/fd/%d", subject.fd);
    const ssize_t length = readlink(link, target, sizeof target - 1);
    if (length <= 0) {
        return false;
    }
    target[length] = '\0';
    return starts_with(target, block->below);
}

Ticket begin(std::uint32_t group, const char* call, const Subject& subject) {
    if (block == nullptr || block->armed.load(std::memory_order_acquire) == 0 ||
        (block->calls & group) == 0 || (block->program[0] != '\0' && strcmp(block->program, own_name) != 0) ||
        !is_below(subject)) {
        return Ticket::ignored;
    }
    const std::uint64_t number = block->counted.fetch_add(1, std::memory_order_relaxed) + 1;
    if (number < block->first || number > block->last) {
        return Ticket::ignored;
    }
    switch (block->action) {
        case FaultAction::kill_before:
            end_here(call);
        case FaultAction::kill_after:
            return Ticket::dies_after;
        case FaultAction::fail:
            note_hit(call);
            errno = block->error;
            return Ticket::fails;
    }
    return Ticket::ignored;
}

template <typename Function, typename... Arguments>
auto watched(std::uint32_t group, const char* call, const Subject& subject, Function next,
             Arguments... arguments) -> decltype(next(arguments...)) {
    const Ticket ticket = begin(group, call, subject);
    if (ticket == Ticket::fails) {
        return -1;
    }
    const auto result = next(arguments...);
    if (ticket == Ticket::dies_after) {
        end_here(call);
    }
    return result;
}

bool memory_fails() {
    if (begin(hrn::test::kMemoryCalls, "malloc", {}) != Ticket::fails) {
        return false;
    }
    errno = ENOMEM;
    return true;
}

// Standard error may be a log file, pipes and sockets are no durable step.
std::uint32_t group_of(int fd, std::uint32_t group) {
    if (block == nullptr || block->armed.load(std::memory_order_relaxed) == 0 || fd <= 2) {
        return 0;
    }
    struct stat status {};
    return fstat(fd, &status) == 0 && S_ISREG(status.st_mode) ? group : 0;
}

std::uint32_t group_of_open(int flags) {
    const bool creates = (flags & O_CREAT) != 0;
    return hrn::test::kDescriptorCalls | (creates ? hrn::test::kChangeCalls : 0);
}

mode_t mode_argument(int flags, va_list list) {
    return (flags & (O_CREAT | O_TMPFILE)) != 0 ? va_arg(list, mode_t) : 0;
}

}  // namespace

// --- one definition a call; the pointer to the real one is looked up once
// -----------------------------------
#define HRN_NEXT(name) static const auto next = real<decltype(&name)>(#name)

extern "C" {

ssize_t write(int fd, const void* data, size_t size) {
    HRN_NEXT(write);
    return watched(group_of(fd, hrn::test::kChangeCalls), "write", {fd}, next, fd, data, size);
}
ssize_t pwrite(int fd, const void* data, size_t size, off_t offset) {
    HRN_NEXT(pwrite);
    return watched(group_of(fd, hrn::test::kChangeCalls), "pwrite", {fd}, next, fd, data, size, offset);
}
ssize_t pwrite64(int fd, const void* data, size_t size, off64_t offset) {
    HRN_NEXT(pwrite64);
    return watched(group_of(fd, hrn::test::kChangeCalls), "pwrite64", {fd}, next, fd, data, size, offset);
}
ssize_t read(int fd, void* data, size_t size) {
    HRN_NEXT(read);
    return watched(group_of(fd, hrn::test::kReadCalls), "read", {fd}, next, fd, data, size);
}
ssize_t pread64(int fd, void* data, size_t size, off64_t offset) {
    HRN_NEXT(pread64);
    return watched(group_of(fd, hrn::test::kReadCalls), "pread64", {fd}, next, fd, data, size, offset);
}
int ftruncate64(int fd, off64_t size) noexcept {
    HRN_NEXT(ftruncate64);
    return watched(hrn::test::kChangeCalls, "ftruncate64", {fd}, next, fd, size);
}
int ftruncate(int fd, off_t size) noexcept {
    HRN_NEXT(ftruncate);
    return watched(hrn::test::kChangeCalls, "ftruncate", {fd}, next, fd, size);
}
int fallocate(int fd, int mode, off_t offset, off_t size) {
    HRN_NEXT(fallocate);
    return watched(hrn::test::kChangeCalls, "fallocate", {fd}, next, fd, mode, offset, size);
}
int fsync(int fd) {
    HRN_NEXT(fsync);
    return watched(hrn::test::kSyncCalls, "fsync", {fd}, next, fd);
}
int fdatasync(int fd) {
    HRN_NEXT(fdatasync);
    return watched(hrn::test::kSyncCalls, "fdatasync", {fd}, next, fd);
}
int syncfs(int fd) noexcept {
    HRN_NEXT(syncfs);
    return watched(hrn::test::kSyncCalls, "syncfs", {fd}, next, fd);
}
int rename(const char* from, const char* to) noexcept {
    HRN_NEXT(rename);
    return watched(hrn::test::kChangeCalls, "rename", {AT_FDCWD, from}, next, from, to);
}
int renameat(int from_dir, const char* from, int to_dir, const char* to) noexcept {
    HRN_NEXT(renameat);
    return watched(hrn::test::kChangeCalls, "renameat", {from_dir, from}, next, from_dir, from, to_dir, to);
}
int renameat2(int from_dir, const char* from, int to_dir, const char* to, unsigned flags) noexcept {
    HRN_NEXT(renameat2);
    return watched(hrn::test::kChangeCalls, "renameat2", {from_dir, from}, next, from_dir, from, to_dir, to,
                   flags);
}
int mkdir(const char* name, mode_t mode) noexcept {
    HRN_NEXT(mkdir);
    return watched(hrn::test::kChangeCalls, "mkdir", {AT_FDCWD, name}, next, name, mode);
}
int mkdirat(int dir, const char* name, mode_t mode) noexcept {
    HRN_NEXT(mkdirat);
    return watched(hrn::test::kChangeCalls, "mkdirat", {dir, name}, next, dir, name, mode);
}
int link(const char* from, const char* to) noexcept {
    HRN_NEXT(link);
    return watched(hrn::test::kChangeCalls, "link", {AT_FDCWD, from}, next, from, to);
}
int linkat(int from_dir, const char* from, int to_dir, const char* to, int flags) noexcept {
    HRN_NEXT(linkat);
    return watched(hrn::test::kChangeCalls, "linkat", {from_dir, from}, next, from_dir, from, to_dir, to,
                   flags);
}
int unlink(const char* name) noexcept {
    HRN_NEXT(unlink);
    return watched(hrn::test::kChangeCalls, "unlink", {AT_FDCWD, name}, next, name);
}
int unlinkat(int dir, const char* name, int flags) noexcept {
    HRN_NEXT(unlinkat);
    return watched(hrn::test::kChangeCalls, "unlinkat", {dir, name}, next, dir, name, flags);
}

// --- descriptors
// ----------------------------------------------------------------------------------------------
#define HRN_OPEN(name)                                                                          \
    int name(const char* path, int flags, ...) {                                                \
        HRN_NEXT(name);                                                                         \
        va_list list;                                                                           \
        va_start(list, flags);                                                                  \
        const mode_t mode = mode_argument(flags, list);                                         \
        va_end(list);                                                                           \
        return watched(group_of_open(flags), #name, {AT_FDCWD, path}, next, path, flags, mode); \
    }
#define HRN_OPENAT(name)                                                                        \
    int name(int dir, const char* path, int flags, ...) {                                       \
        HRN_NEXT(name);                                                                         \
        va_list list;                                                                           \
        va_start(list, flags);                                                                  \
        const mode_t mode = mode_argument(flags, list);                                         \
        va_end(list);                                                                           \
        return watched(group_of_open(flags), #name, {dir, path}, next, dir, path, flags, mode); \
    }
HRN_OPEN(open)
HRN_OPEN(open64)
HRN_OPENAT(openat)
HRN_OPENAT(openat64)

// openat2 has no wrapper in older C libraries.
long syscall(long number, ...) noexcept {
    HRN_NEXT(syscall);
    va_list list;
    va_start(list, number);
    long a[6];
    for (long& argument : a) {
        argument = va_arg(list, long);
    }
    va_end(list);
    const std::uint32_t group = number == SYS_openat2 ? hrn::test::kDescriptorCalls : 0;
    return watched(group, "openat2", {}, next, number, a[0], a[1], a[2], a[3], a[4], a[5]);
}
int pipe2(int* ends, int flags) noexcept {
    HRN_NEXT(pipe2);
    return watched(hrn::test::kDescriptorCalls, "pipe2", {}, next, ends, flags);
}
int socket(int domain, int type, int protocol) noexcept {
    HRN_NEXT(socket);
    return watched(hrn::test::kDescriptorCalls, "socket", {}, next, domain, type, protocol);
}
int accept(int fd, sockaddr* address, socklen_t* size) {
    HRN_NEXT(accept);
    return watched(hrn::test::kDescriptorCalls, "accept", {}, next, fd, address, size);
}
int accept4(int fd, sockaddr* address, socklen_t* size, int flags) {
    HRN_NEXT(accept4);
    return watched(hrn::test::kDescriptorCalls, "accept4", {}, next, fd, address, size, flags);
}
int memfd_create(const char* name, unsigned flags) noexcept {
    HRN_NEXT(memfd_create);
    return watched(hrn::test::kDescriptorCalls, "memfd_create", {AT_FDCWD, name}, next, name, flags);
}
int eventfd(unsigned value, int flags) noexcept {
    HRN_NEXT(eventfd);
    return watched(hrn::test::kDescriptorCalls, "eventfd", {}, next, value, flags);
}
int epoll_create1(int flags) noexcept {
    HRN_NEXT(epoll_create1);
    return watched(hrn::test::kDescriptorCalls, "epoll_create1", {}, next, flags);
}
int inotify_add_watch(int fd, const char* path, uint32_t mask) noexcept {
    HRN_NEXT(inotify_add_watch);
    return watched(hrn::test::kWatchCalls, "inotify_add_watch", {AT_FDCWD, path}, next, fd, path, mask);
}
int inotify_init1(int flags) noexcept {
    HRN_NEXT(inotify_init1);
    return watched(hrn::test::kDescriptorCalls, "inotify_init1", {}, next, flags);
}

// --- memory
// ---------------------------------------------------------------------------------------------------
void* malloc(size_t size) noexcept {
    return memory_fails() ? nullptr : __libc_malloc(size);
}
void* calloc(size_t count, size_t size) noexcept {
    return memory_fails() ? nullptr : __libc_calloc(count, size);
}
void* realloc(void* old, size_t size) noexcept {
    return memory_fails() ? nullptr : __libc_realloc(old, size);
}
void* aligned_alloc(size_t alignment, size_t size) noexcept {
    return memory_fails() ? nullptr : __libc_memalign(alignment, size);
}
int posix_memalign(void** memory, size_t alignment, size_t size) noexcept {
    void* made = memory_fails() ? nullptr : __libc_memalign(alignment, size);
    if (made == nullptr) {
        return ENOMEM;
    }
    *memory = made;
    return 0;
}

}  // extern "C"
