#include "shared/wake_pipe.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>

namespace hrn {
namespace {

TEST(WakePipe, WakesOnceForManyWakes) {
    const WakePipe pipe = WakePipe::make();
    EXPECT_EQ(drain_wake(pipe.read_end.get()), WakeState::nothing);
    EXPECT_TRUE(wake(pipe.write_end.get()));
    EXPECT_TRUE(wake(pipe.write_end.get()));
    EXPECT_EQ(drain_wake(pipe.read_end.get()), WakeState::woken);
    EXPECT_EQ(drain_wake(pipe.read_end.get()), WakeState::nothing);
}

TEST(WakePipe, AFullPipeIsNoError) {
    const WakePipe pipe = WakePipe::make();
    for (int i = 0; i < 100'000; ++i) {
        ASSERT_TRUE(wake(pipe.write_end.get()));
    }
    EXPECT_EQ(drain_wake(pipe.read_end.get()), WakeState::woken);
}

TEST(WakePipe, ADrainIsBoundedWhateverTheWriterDoes) {
    const WakePipe pipe = WakePipe::make();
    ASSERT_GT(::fcntl(pipe.write_end.get(), F_SETPIPE_SZ, 256 * 1024), 0);
    for (int i = 0; i < 200'000; ++i) {
        ASSERT_TRUE(wake(pipe.write_end.get()));
    }
    EXPECT_EQ(drain_wake(pipe.read_end.get()), WakeState::woken);
    EXPECT_EQ(drain_wake(pipe.read_end.get()), WakeState::woken) << "the rest is for the next look";
}

TEST(WakePipe, TheReaderSeesThatTheWriterIsGoneAfterItsLastWake) {
    WakePipe pipe = WakePipe::make();
    EXPECT_TRUE(wake(pipe.write_end.get()));
    pipe.write_end.reset();
    EXPECT_EQ(drain_wake(pipe.read_end.get()), WakeState::woken);
    EXPECT_EQ(drain_wake(pipe.read_end.get()), WakeState::closed);
}

TEST(WakePipe, TheWriterSeesThatTheReaderIsGone) {
    ::signal(SIGPIPE, SIG_IGN);
    WakePipe pipe = WakePipe::make();
    pipe.read_end.reset();
    EXPECT_FALSE(wake(pipe.write_end.get()));
}

TEST(WakePipe, EndsAreNonBlockingAndClosedOnExec) {
    const WakePipe pipe = WakePipe::make();
    for (const int fd : {pipe.read_end.get(), pipe.write_end.get()}) {
        EXPECT_NE(::fcntl(fd, F_GETFL) & O_NONBLOCK, 0);
        EXPECT_NE(::fcntl(fd, F_GETFD) & FD_CLOEXEC, 0);
    }
}

}  // namespace
}  // namespace hrn
