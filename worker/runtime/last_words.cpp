#include "worker/runtime/last_words.hpp"

#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <system_error>

namespace hrn::runtime {

namespace {

constexpr std::array kFatalSignals = {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT, SIGSYS};
constexpr std::size_t kStackBytes = std::size_t{64} * 1024;

// A signal handler has no other way to its data: the one place in the worker with state of its own.
std::atomic<ReportsSegment*> dying_segment{nullptr};
std::atomic_flag somebody_dies = ATOMIC_FLAG_INIT;
static_assert(std::atomic<ReportsSegment*>::is_always_lock_free);

void store(std::uint64_t& word, std::uint64_t value, std::memory_order order = std::memory_order_relaxed) {
    std::atomic_ref<std::uint64_t>(word).store(value, order);
}

// The stage thread that died, by the kernel's thread id: no thread-local variable is needed, and a thread of
// a library is told apart from ours.
std::uint64_t index_of_thread(ReportsSegment& segment, std::uint64_t thread_id) {
    for (std::size_t i = 0; i < segment.threads.size(); ++i) {
        std::uint64_t& entry = segment.threads[i].thread_id;
        if (std::atomic_ref<std::uint64_t>(entry).load(std::memory_order_relaxed) == thread_id) {
            return i;
        }
    }
    return kMaxThreads;
}

void write_last_words(int signal_number, siginfo_t* info, void* /*context*/) {
    const int saved_errno = errno;
    if (somebody_dies.test_and_set()) {
        // Another thread is writing already and the process is about to end; the first words count. The
        // same thread cannot come here: its signal is blocked or back to default.
        for (;;) {
            ::pause();
        }
    }
    ReportsSegment* segment = dying_segment.load(std::memory_order_relaxed);
    if (segment != nullptr) {
        const auto thread_id = static_cast<std::uint64_t>(::syscall(SYS_gettid));
        LastWords& words = segment->last_words;
        // Only a fault of the machine's has an address; abort() and kill() leave other things in its place.
        const bool fault = info->si_code > 0;
        store(words.address, fault ? reinterpret_cast<std::uint64_t>(info->si_addr) : 0);
        store(words.thread_id, thread_id);
        store(words.thread_index, index_of_thread(*segment, thread_id));
        store(words.signal, static_cast<std::uint64_t>(signal_number), std::memory_order_release);
    }
    // SA_RESETHAND has put the default action back. The signal is blocked in here, so this one becomes
    // pending and ends the process when the handler returns.
    ::raise(signal_number);
    errno = saved_errno;
}

}  // namespace

void install_last_words(ReportsSegment* segment) {
    dying_segment.store(segment);
    struct sigaction action {};
    action.sa_sigaction = write_last_words;
    action.sa_flags = SA_SIGINFO | SA_ONSTACK | static_cast<int>(SA_RESETHAND);
    ::sigemptyset(&action.sa_mask);
    for (const int signal_number : kFatalSignals) {
        if (::sigaction(signal_number, &action, nullptr) != 0) {
            throw std::system_error(errno, std::generic_category(), "sigaction");
        }
    }
}

AlternateStack::AlternateStack() : memory_(std::make_unique<std::byte[]>(kStackBytes)) {
    stack_t stack{};
    stack.ss_sp = memory_.get();
    stack.ss_size = kStackBytes;
    if (::sigaltstack(&stack, nullptr) != 0) {
        throw std::system_error(errno, std::generic_category(), "sigaltstack");
    }
}

AlternateStack::~AlternateStack() {
    stack_t stack{};
    stack.ss_flags = SS_DISABLE;
    // Fails only for a wrong argument; the memory must not be freed while it is in use, and it is not then.
    static_cast<void>(::sigaltstack(&stack, nullptr));
}

}  // namespace hrn::runtime
