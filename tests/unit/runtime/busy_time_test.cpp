#include "worker/runtime/busy_time.hpp"

#include <gtest/gtest.h>

#include <thread>

namespace hrn::runtime {
namespace {

using Clock = std::chrono::steady_clock;

void pass_a_moment() {
    const auto start = Clock::now();
    while (Clock::now() - start < std::chrono::milliseconds(2)) {
        std::this_thread::yield();
    }
}

TEST(BusyTime, CountsOverlappingWorkOnce) {
    std::uint64_t counter = 0;
    BusyTime busy(counter);
    const auto start = Clock::now();
    busy.enter();
    busy.enter();
    pass_a_moment();
    busy.leave();
    busy.leave();
    const std::chrono::nanoseconds passed = Clock::now() - start;
    EXPECT_GE(counter, 2'000'000U);
    EXPECT_LE(counter, static_cast<std::uint64_t>(passed.count()));
}

TEST(BusyTime, GrowsWhileNobodyEverRests) {
    std::uint64_t counter = 0;
    BusyTime busy(counter);
    busy.enter();
    pass_a_moment();
    busy.enter();
    EXPECT_GE(counter, 2'000'000U);
}

TEST(BusyTime, LeavesOutTheTimeBetween) {
    std::uint64_t counter = 0;
    BusyTime busy(counter);
    busy.enter();
    busy.leave();
    const std::uint64_t before = counter;
    pass_a_moment();
    busy.enter();
    EXPECT_EQ(counter, before);
}

}  // namespace
}  // namespace hrn::runtime
