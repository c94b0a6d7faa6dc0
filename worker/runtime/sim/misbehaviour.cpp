#include "worker/runtime/sim/misbehaviour.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <string>
#include <thread>

#include "shared/wake_pipe.hpp"

namespace hrn::runtime::sim {

namespace {

void scribble(std::uint64_t& word, std::uint64_t value) {
    std::atomic_ref<std::uint64_t>(word).store(value, std::memory_order_relaxed);
}

void scribble_bytes(void* memory, std::size_t size, SimRandom& random) {
    auto* words = static_cast<std::uint64_t*>(memory);
    for (std::size_t i = 0; i < size / sizeof(std::uint64_t); ++i) {
        scribble(words[i], random.next());
    }
}

template <typename Array>
void scribble_over(Array& array, SimRandom& random) {
    scribble_bytes(array.data(), sizeof(array), random);
}

// Right in every field, but about a task of nobody.
void report_foreign_task(ReportsSegment& segment) {
    const std::uint64_t tail =
        std::atomic_ref<std::uint64_t>(segment.report_tail.value).load(std::memory_order_relaxed);
    ReportRecord report;
    report.generation = segment.header.generation;
    report.id = TaskId::generate().bytes;
    report.attempt = 1;
    report.kind = ReportKind::failed;
    report.error = static_cast<std::uint16_t>(ErrorCode::no_face);
    report.sequence = tail + 1;
    ring_detail::store_words(&segment.records[tail % kReportCapacity], report);
    std::atomic_ref<std::uint64_t>(segment.report_tail.value).store(tail + 1, std::memory_order_release);
}

// Volatile: the compiler must neither see that this never ends nor make a loop of it.
int recurse(int depth) {  // NOLINT(misc-no-recursion)
    volatile bool deeper = true;
    volatile char frame[4096];
    frame[0] = static_cast<char>(depth);
    return deeper ? recurse(depth + 1) + frame[0] : 0;
}

}  // namespace

// It is the crash that is wanted, not a sanitizer's report.
__attribute__((no_sanitize("undefined"))) void crash() {
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

void overflow_stack() {
    std::_Exit(recurse(0));  // never comes back
}
// By raise(), which sends it to this thread: it stops here. A signal to the process may be taken by another
// thread, and this one would go on for a while and even finish its task.
void freeze_process() {
    static_cast<void>(::raise(SIGSTOP));
}

void flood_with_wakes(int notify_fd, double milliseconds) {
    const auto end =
        std::chrono::steady_clock::now() + std::chrono::duration<double, std::milli>(milliseconds);
    while (std::chrono::steady_clock::now() < end) {
        static_cast<void>(wake(notify_fd));
    }
}

void write_to_stderr(double megabytes) {
    const std::string line(999, 'x');
    const auto lines = static_cast<std::size_t>(megabytes * 1e3);
    for (std::size_t i = 0; i < lines; ++i) {
        if (::write(STDERR_FILENO, (line + '\n').data(), line.size() + 1) < 0) {
            return;
        }
    }
}

void close_pipes(int notify_fd) {
    const int nowhere = ::open("/dev/null", O_RDWR | O_CLOEXEC);
    for (const int fd : {notify_fd, STDOUT_FILENO, STDERR_FILENO}) {
        ::dup2(nowhere, fd);
    }
    ::close(nowhere);
}

namespace {

void write_garbage_once(ReportsSegment& segment, Garbage kind, SimRandom& random) {
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
        case Garbage::header:
            scribble_bytes(&segment.header, sizeof segment.header, random);
            break;
        case Garbage::counters:
            scribble_bytes(&segment.counters, sizeof segment.counters, random);
            break;
        case Garbage::threads:
            scribble_over(segment.threads, random);
            break;
        case Garbage::last_words:
            scribble_bytes(&segment.last_words, sizeof segment.last_words, random);
            break;
        case Garbage::foreign:
            report_foreign_task(segment);
            break;
    }
}

// What the worker's next report, of another task in the batch, may write over before anybody has read it.
bool may_be_overwritten(Garbage kind) {
    return kind == Garbage::records || kind == Garbage::report_index || kind == Garbage::foreign;
}

}  // namespace

void write_garbage(ReportsSegment& segment, int notify_fd, Garbage kind, std::uint64_t seed) {
    SimRandom random(seed);
    constexpr int kTimes = 10;
    for (int time = 0; time < kTimes; ++time) {
        if (time == 0 || may_be_overwritten(kind)) {
            write_garbage_once(segment, kind, random);
            static_cast<void>(wake(notify_fd));
        }
        std::this_thread::sleep_for(std::chrono::milliseconds(50));
    }
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
