#include "supervisor/storage/locks.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <thread>

#include "shared/fs.hpp"

namespace hrn::supervisor::storage {

namespace {

std::string holder_of(int lock) {
    std::array<char, 32> text{};
    const ssize_t size = ::pread(lock, text.data(), text.size(), 0);
    int pid = 0;
    if (size > 0) {
        std::from_chars(text.data(), text.data() + size, pid);
    }
    return pid > 0 ? "process " + std::to_string(pid) : "another process";
}

void write_pid(int lock) {
    const std::string pid = std::to_string(::getpid()) + "\n";
    if (::ftruncate(lock, 0) != 0 || ::pwrite(lock, pid.data(), pid.size(), 0) < 0) {
        throw fs::FsError(errno, "write .lock");
    }
}

}  // namespace

UniqueFd take_lock(int directory, const std::string& folder, std::chrono::milliseconds patience,
                   const std::function<bool()>& give_up) {
    UniqueFd lock(::openat(directory, ".lock", O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0644));
    if (!lock) {
        throw fs::FsError(errno, "open " + folder + "/.lock");
    }
    const auto deadline = std::chrono::steady_clock::now() + patience;
    while (::flock(lock.get(), LOCK_EX | LOCK_NB) != 0) {
        if (errno != EWOULDBLOCK && errno != EINTR) {
            throw fs::FsError(errno, "lock " + folder + "/.lock");
        }
        if (std::chrono::steady_clock::now() >= deadline || give_up()) {
            throw LockHeld(folder + " is in use by " + holder_of(lock.get()) +
                           " (it holds .lock there): stop that supervisor first");
        }
        std::this_thread::sleep_for(std::chrono::milliseconds(50));
    }
    write_pid(lock.get());
    return lock;
}

}  // namespace hrn::supervisor::storage
