#include "worker/hrn/front/crew.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <stdexcept>

namespace hrn::front {
namespace {

TEST(Crew, DoesEveryItemOnce) {
    for (const int threads : {0, 1, 3}) {
        Crew crew(threads);
        std::vector<std::atomic<int>> done(200);
        crew.over(done.size(), [&](std::size_t i) { ++done[i]; });
        for (const auto& times : done) {
            EXPECT_EQ(times, 1);
        }
    }
}

TEST(Crew, HasNothingToDoForNoItems) {
    Crew crew(2);
    crew.over(0, [](std::size_t) { FAIL(); });
}

TEST(Crew, ServesSeveralCallersAtOnce) {
    Crew crew(2);
    std::atomic<int> done{0};
    std::vector<std::thread> callers;
    for (int i = 0; i < 4; ++i) {
        callers.emplace_back([&] {
            for (int round = 0; round < 50; ++round) {
                std::atomic<int> mine{0};
                crew.over(7, [&](std::size_t) {
                    ++mine;
                    ++done;
                });
                EXPECT_EQ(mine, 7) << "over() returns when its own items are done";
            }
        });
    }
    for (std::thread& caller : callers) {
        caller.join();
    }
    EXPECT_EQ(done, 4 * 50 * 7);
}

TEST(Crew, PassesAnItemsExceptionOnAfterTheOthersHaveEnded) {
    Crew crew(2);
    std::atomic<int> done{0};
    const auto item = [&](std::size_t i) {
        if (i == 3) {
            throw std::runtime_error("the third");
        }
        ++done;
    };
    EXPECT_THROW(crew.over(20, item), std::runtime_error);
    EXPECT_EQ(done, 19);
    crew.over(1, [&](std::size_t) { ++done; });
    EXPECT_EQ(done, 20);
}

}  // namespace
}  // namespace hrn::front
