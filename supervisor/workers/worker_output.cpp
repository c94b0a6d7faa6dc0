#include "supervisor/workers/worker_output.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "shared/log.hpp"

namespace hrn::supervisor {

void LineTail::add(std::string_view bytes, TimePoint now, const Line& line) {
    const std::string_view end = bytes.substr(bytes.size() > kKept ? bytes.size() - kKept : 0);
    tail_.append(end);
    if (tail_.size() > kKept) {
        tail_.erase(0, tail_.size() - kKept);
    }
    while (!bytes.empty()) {
        const std::size_t stop = std::min(bytes.find('\n'), bytes.size());
        const std::size_t room = kLongestLine - std::min(kLongestLine, partial_.size());
        partial_.append(bytes.substr(0, std::min(stop, room)));
        if (stop == bytes.size()) {
            return;
        }
        emit(now, line);
        bytes.remove_prefix(stop + 1);
    }
}

void LineTail::finish(const Line& line) {
    if (!partial_.empty()) {
        line(partial_);
        partial_.clear();
    }
}

void LineTail::emit(TimePoint now, const Line& line) {
    if (now - second_began_ >= std::chrono::seconds(1)) {
        second_began_ = now;
        lines_in_second_ = 0;
    }
    if (partial_.empty()) {
        return;
    }
    if (lines_in_second_ < kLinesPerSecond) {
        ++lines_in_second_;
        line(partial_);
    } else {
        ++dropped_;
    }
    partial_.clear();
}

WorkerOutput::WorkerOutput(UniqueFd read_end, int worker_index)
    : fd_(std::move(read_end)), worker_index_(worker_index) {}

bool WorkerOutput::may_read(TimePoint now) {
    if (now - second_began_ >= std::chrono::seconds(1)) {
        second_began_ = now;
        bytes_in_second_ = 0;
    }
    return bytes_in_second_ < kBytesPerSecond;
}

WorkerOutput::Look WorkerOutput::read(TimePoint now, bool last) {
    const auto log = [this](std::string_view line) { log_line(line); };
    std::array<char, 16 * 1024> buffer;
    std::size_t taken = 0;
    while (taken < kBytesPerLook && (last || may_read(now))) {
        const ssize_t count = ::read(fd_.get(), buffer.data(), buffer.size());
        if (count > 0) {
            taken += static_cast<std::size_t>(count);
            bytes_in_second_ += static_cast<std::size_t>(count);
            lines_.add({buffer.data(), static_cast<std::size_t>(count)}, now, log);
            continue;
        }
        if (count < 0 && errno == EINTR) {
            continue;
        }
        if (count < 0 && errno == EAGAIN) {
            break;
        }
        return Look::closed;  // end, or an error that no later read would mend
    }
    if (last) {
        lines_.finish(log);
        if (lines_.dropped_lines() > 0) {
            log::warning("lines of a worker's output were dropped, because there were too many",
                         {{"worker", std::to_string(worker_index_)},
                          {"lines", std::to_string(lines_.dropped_lines())}});
        }
    }
    return taken >= kBytesPerLook ? Look::again : Look::empty;
}

void WorkerOutput::log_line(std::string_view line) const {
    log::info(line, {{"worker", std::to_string(worker_index_)}});
}

}  // namespace hrn::supervisor
