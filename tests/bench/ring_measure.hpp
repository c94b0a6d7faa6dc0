// What bench_ring measures, for any channel of ring_channels.hpp: records a second, and one-way latencies.
// Two processes each: the parent measures, a forked child is the other side.
#pragma once

#include <poll.h>
#include <sched.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <stdexcept>
#include <vector>

#include "shared/wake_pipe.hpp"

namespace hrn::bench {

inline std::uint64_t now_ns() {
    timespec now{};
    ::clock_gettime(CLOCK_MONOTONIC, &now);
    return static_cast<std::uint64_t>(now.tv_sec) * 1'000'000'000 + static_cast<std::uint64_t>(now.tv_nsec);
}

// Spins, but lets the other side run where both share a core.
class Spin {
public:
    void pause() {
        if (++turns_ % 4096 == 0) {
            ::sched_yield();
        }
#if defined(__x86_64__)
        __builtin_ia32_pause();
#endif
    }

private:
    unsigned turns_ = 0;
};

// Runs `body` in a child; the parent runs `measure`. Throws if the child did not end well.
template <typename Body, typename Measure>
auto with_child(Body body, Measure measure) {
    const pid_t child = ::fork();
    if (child < 0) {
        throw std::runtime_error("fork failed");
    }
    if (child == 0) {
        body();
        ::_exit(0);
    }
    auto result = measure();
    int status = 0;
    if (::waitpid(child, &status, 0) != child || status != 0) {
        throw std::runtime_error("the other process of the benchmark failed");
    }
    return result;
}

// The child produces as fast as it can, the parent takes and checks the order. Records a second.
template <template <typename> typename Channel, typename Record>
double records_per_second(std::uint64_t records) {
    Channel<Record> channel;
    return with_child(
        [&] {
            Record record{};
            Spin spin;
            for (std::uint64_t i = 0; i < records;) {
                record.sequence = i;
                if (channel.try_push(record)) {
                    ++i;
                } else {
                    spin.pause();
                }
            }
        },
        [&] {
            Record record{};
            Spin spin;
            std::uint64_t start = 0;
            for (std::uint64_t i = 0; i < records;) {
                if (!channel.try_pop(record)) {
                    spin.pause();
                    continue;
                }
                if (record.sequence != i) {
                    throw std::runtime_error("a record is out of order");
                }
                start = i == 0 ? now_ns() : start;
                ++i;
            }
            return static_cast<double>(records - 1) * 1e9 / static_cast<double>(now_ns() - start);
        });
}

// One record under way at a time: the child stamps it, the parent reads the clock when it has it, then sends
// one back. Nanoseconds, one a record.
template <template <typename> typename Channel, typename Record>
std::vector<std::uint64_t> spinning_latencies(std::uint64_t records) {
    Channel<Record> there, back;
    return with_child(
        [&] {
            Record record{};
            Spin spin;
            for (std::uint64_t i = 0; i < records; ++i) {
                record.sequence = now_ns();
                while (!there.try_push(record)) {
                    spin.pause();
                }
                while (!back.try_pop(record)) {
                    spin.pause();
                }
            }
        },
        [&] {
            std::vector<std::uint64_t> latencies;
            latencies.reserve(records);
            Record record{};
            Spin spin;
            while (latencies.size() < records) {
                if (!there.try_pop(record)) {
                    spin.pause();
                    continue;
                }
                latencies.push_back(now_ns() - record.sequence);
                while (!back.try_push(record)) {
                    spin.pause();
                }
            }
            return latencies;
        });
}

inline void wait_readable(int fd) {
    pollfd waiting{fd, POLLIN, 0};
    while (::poll(&waiting, 1, -1) < 0) {
    }
}

// The same with a reader that sleeps in poll() and is woken by a byte in a pipe, as the service does it.
template <template <typename> typename Channel, typename Record>
std::vector<std::uint64_t> woken_latencies(std::uint64_t records) {
    Channel<Record> there, back;
    const WakePipe there_pipe = WakePipe::make(), back_pipe = WakePipe::make();
    return with_child(
        [&] {
            Record record{};
            for (std::uint64_t i = 0; i < records; ++i) {
                record.sequence = now_ns();
                (void)there.try_push(record);  // one under way: never full
                (void)wake(there_pipe.write_end.get());
                while (!back.try_pop(record)) {
                    wait_readable(back_pipe.read_end.get());
                    (void)drain_wake(back_pipe.read_end.get());
                }
            }
        },
        [&] {
            std::vector<std::uint64_t> latencies;
            latencies.reserve(records);
            Record record{};
            while (latencies.size() < records) {
                wait_readable(there_pipe.read_end.get());
                (void)drain_wake(there_pipe.read_end.get());
                while (there.try_pop(record)) {
                    latencies.push_back(now_ns() - record.sequence);
                    (void)back.try_push(record);
                    (void)wake(back_pipe.write_end.get());
                }
            }
            return latencies;
        });
}

inline double percentile_us(std::vector<std::uint64_t> nanoseconds, double share) {
    const auto at = static_cast<std::ptrdiff_t>(share * static_cast<double>(nanoseconds.size() - 1));
    std::nth_element(nanoseconds.begin(), nanoseconds.begin() + at, nanoseconds.end());
    return static_cast<double>(nanoseconds[static_cast<std::size_t>(at)]) / 1e3;
}

}  // namespace hrn::bench
