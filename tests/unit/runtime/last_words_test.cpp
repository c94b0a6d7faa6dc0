#include "worker/runtime/last_words.hpp"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <functional>
#include <thread>

#include "tests/unit/runtime/fake_supervisor.hpp"

namespace hrn::runtime {
namespace {

constexpr int kDyingThread = 5;

class LastWordsTest : public ::testing::Test {
protected:
    // Forks a worker in which two threads take part in stages and one of them does `deed`; returns the
    // status of its death.
    int die_in_thread(const std::function<void()>& deed, bool take_part = true) {
        const pid_t child = ::fork();
        if (child == 0) {
            const auto reports =
                create_reports(supervisor.reports_fd.get(), test::FakeSupervisor::kGeneration);
            install_last_words(reports.get());
            const ThreadReporter bystander(reports.get(), 0);
            std::thread([&] {
                const AlternateStack stack;
                if (take_part) {
                    const ThreadReporter reporter(reports.get(), kDyingThread);
                }
                deed();
            }).join();
            ::_exit(0);
        }
        int status = 0;
        EXPECT_EQ(::waitpid(child, &status, 0), child);
        return status;
    }

    test::FakeSupervisor supervisor;
};

// It is the crash that is wanted, not the sanitizer's report.
__attribute__((no_sanitize("undefined"))) void store_to(std::uintptr_t address) {
    *reinterpret_cast<volatile int*>(address) = 1;
}

// Built so that no compiler turns it into a loop.
[[gnu::noinline]] int recurse(volatile int* depth) {
    volatile char frame[4096];
    frame[0] = static_cast<char>(*depth);
    *depth = *depth + 1;
    return *depth > 0 ? recurse(depth) + frame[0] : 0;
}

TEST_F(LastWordsTest, NameTheThreadAndTheAddressOfABadStore) {
    const int status = die_in_thread([] { store_to(0x1230); });
    ASSERT_TRUE(WIFSIGNALED(status));
    EXPECT_EQ(WTERMSIG(status), SIGSEGV);
    const auto words = supervisor.view().last_words;
    ASSERT_TRUE(words);
    EXPECT_EQ(words->signal, SIGSEGV);
    EXPECT_EQ(words->thread, kDyingThread);
    EXPECT_EQ(words->address, 0x1230U);
}

TEST_F(LastWordsTest, NameTheThreadThatAborts) {
    const int status = die_in_thread([] { std::abort(); });
    ASSERT_TRUE(WIFSIGNALED(status));
    EXPECT_EQ(WTERMSIG(status), SIGABRT);
    const auto words = supervisor.view().last_words;
    ASSERT_TRUE(words);
    EXPECT_EQ(words->signal, SIGABRT);
    EXPECT_EQ(words->thread, kDyingThread);
    EXPECT_EQ(words->address, 0U);
}

TEST_F(LastWordsTest, NameTheThreadThatThrowsWhatNobodyCatches) {
    die_in_thread([] { throw std::runtime_error("a bug"); });
    const auto words = supervisor.view().last_words;
    ASSERT_TRUE(words);
    EXPECT_EQ(words->signal, SIGABRT);
    EXPECT_EQ(words->thread, kDyingThread);
}

TEST_F(LastWordsTest, AreWrittenEvenWhenTheStackHasOverflowed) {
    const int status = die_in_thread([] {
        volatile int depth = 1;
        static_cast<void>(recurse(&depth));
    });
    ASSERT_TRUE(WIFSIGNALED(status));
    EXPECT_EQ(WTERMSIG(status), SIGSEGV);
    const auto words = supervisor.view().last_words;
    ASSERT_TRUE(words);
    EXPECT_EQ(words->thread, kDyingThread);
}

TEST_F(LastWordsTest, NameNoThreadWhenItIsNoneOfTheStages) {
    die_in_thread([] { store_to(0); }, /*take_part=*/false);
    const auto words = supervisor.view().last_words;
    ASSERT_TRUE(words);
    EXPECT_EQ(words->signal, SIGSEGV);
    EXPECT_FALSE(words->thread);
}

TEST_F(LastWordsTest, AreMissingAfterADeathThatNoHandlerSees) {
    const int status = die_in_thread([] { ::raise(SIGKILL); });
    EXPECT_EQ(WTERMSIG(status), SIGKILL);
    EXPECT_FALSE(supervisor.view().last_words);
}

}  // namespace
}  // namespace hrn::runtime
