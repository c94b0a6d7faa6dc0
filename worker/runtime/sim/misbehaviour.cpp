#include "worker/runtime/sim/misbehaviour.hpp"

#include <unistd.h>

#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <thread>

#include "shared/wake_pipe.hpp"

namespace hrn::runtime::sim {

namespace {

void scribble(std::uint64_t& word, std::uint64_t value) {
    std::atomic_ref<std::uint64_t>(word).store(value, std::memory_order_relaxed);
}

template <typename Array>
void scribble_over(Array& array, SimRandom& random) {
    auto* words = reinterpret_cast<std::uint64_t*>(array.data());
    for (std::size_t i = 0; i < sizeof(array) / sizeof(std::uint64_t); ++i) {
        scribble(words[i], random.next());
    }
}

}  // namespace

void crash() {
    // volatile: the compiler must not see that this is undefined, and must not leave it out.
    volatile int* volatile nowhere = nullptr;
    *nowhere = 1;
    std::abort();  // where address 0 can be written to
}

void hang_for_ever() {
    for (;;) {
        std::this_thread::sleep_for(std::chrono::hours(1));
    }
}

void exit_at_once(int status) {
    ::_exit(status);
}

void write_garbage(ReportsSegment& segment, int notify_fd, Garbage kind, std::uint64_t seed) {
    SimRandom random(seed);
    switch (kind) {
        case Garbage::report_index:
            scribble(segment.report_tail.value, random.next() | std::uint64_t{1} << 40);
            break;
        case Garbage::order_index:
            scribble(segment.order_head.value, random.next() | std::uint64_t{1} << 40);
            break;
        case Garbage::records:
            scribble_over(segment.records, random);
            std::atomic_ref<std::uint64_t>(segment.report_tail.value).fetch_add(1, std::memory_order_release);
            break;
        case Garbage::slots:
            scribble_over(segment.slots, random);
            break;
    }
    static_cast<void>(wake(notify_fd));
    std::this_thread::sleep_for(std::chrono::milliseconds(500));
}

void Leak::grow(double megabytes) {
    const auto bytes = static_cast<std::size_t>(megabytes * 1e6);
    if (bytes == 0) {
        return;
    }
    auto block = std::make_unique<std::byte[]>(bytes);
    std::memset(block.get(), 0x5A, bytes);
    const std::lock_guard lock(mutex_);
    blocks_.push_back(std::move(block));
}

}  // namespace hrn::runtime::sim
