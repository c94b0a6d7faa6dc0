// What a worker writes to its stdout and stderr (design.md 6): read from a pipe without blocking, cut into
// lines for the log, the last 4 KB kept as its last words. A flood costs a bounded amount of work: reading is
// limited per look and per second (the worker then waits in its own write), and so are logged lines.
//
// Loop thread. LineTail is pure.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "shared/unique_fd.hpp"
#include "supervisor/workers/clock.hpp"

namespace hrn::supervisor {

// Keeps the end of a stream and hands out whole lines, at most `lines_per_second` of them.
class LineTail {
public:
    static constexpr std::size_t kKept = 4096;         // bytes of last words
    static constexpr std::size_t kLongestLine = 1024;  // longer ones are cut
    static constexpr int kLinesPerSecond = 50;

    using Line = std::function<void(std::string_view line)>;
    void add(std::string_view bytes, TimePoint now, const Line& line);
    // What came after the last line end, once the worker is dead.
    void finish(const Line& line);
    [[nodiscard]] const std::string& tail() const { return tail_; }
    [[nodiscard]] std::uint64_t dropped_lines() const { return dropped_; }

private:
    void emit(TimePoint now, const Line& line);

    std::string tail_;
    std::string partial_;
    TimePoint second_began_{};
    int lines_in_second_ = 0;
    std::uint64_t dropped_ = 0;
};

class WorkerOutput {
public:
    static constexpr std::size_t kBytesPerLook = 64 * 1024;
    static constexpr std::size_t kBytesPerSecond = 4 * 1024 * 1024;

    WorkerOutput(UniqueFd read_end, int worker_index);
    [[nodiscard]] int fd() const { return fd_.get(); }
    // Reads what is there, within the limits. `last` after the worker's death: the rest, up to one look.
    // again: more may be there (or the limit was reached). closed: nobody writes any more.
    enum class Look : std::uint8_t { again, empty, closed };
    Look read(TimePoint now, bool last = false);
    [[nodiscard]] bool may_read(TimePoint now);
    [[nodiscard]] const std::string& tail() const { return lines_.tail(); }

private:
    void log_line(std::string_view line) const;

    UniqueFd fd_;
    int worker_index_;
    LineTail lines_;
    TimePoint second_began_{};
    std::size_t bytes_in_second_ = 0;
};

}  // namespace hrn::supervisor
