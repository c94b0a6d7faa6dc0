#include "shared/wake_pipe.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <system_error>

namespace hrn {

WakePipe WakePipe::make() {
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC | O_NONBLOCK) != 0) {
        throw std::system_error(errno, std::generic_category(), "pipe2 (wake-up pipe)");
    }
    return {UniqueFd(ends[0]), UniqueFd(ends[1])};
}

bool wake(int write_fd) {
    const char byte = 1;
    for (;;) {
        if (::write(write_fd, &byte, 1) == 1 || errno == EAGAIN) {
            return true;  // EAGAIN: the pipe is full, so the reader has a reason to look already
        }
        if (errno == EPIPE) {
            return false;
        }
        if (errno != EINTR) {
            throw std::system_error(errno, std::generic_category(), "write (wake-up pipe)");
        }
    }
}

WakeState drain_wake(int read_fd) {
    std::array<char, 4096> buffer;
    bool woken = false;
    for (int i = 0; i < 16; ++i) {
        const ssize_t count = ::read(read_fd, buffer.data(), buffer.size());
        if (count > 0) {
            woken = true;
            if (static_cast<std::size_t>(count) < buffer.size()) {
                return WakeState::woken;
            }
        } else if (count == 0) {
            // What came before the end counts first; the end shows again at the next look.
            return woken ? WakeState::woken : WakeState::closed;
        } else if (errno == EAGAIN) {
            break;
        } else if (errno != EINTR) {
            throw std::system_error(errno, std::generic_category(), "read (wake-up pipe)");
        }
    }
    return woken ? WakeState::woken : WakeState::nothing;
}

}  // namespace hrn
