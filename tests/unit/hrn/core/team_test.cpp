#include "worker/hrn/core/team.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <stdexcept>
#include <vector>

namespace hrn::core {
namespace {

TEST(Team, CoversEveryElementExactlyOnce) {
    for (const int threads : {0, 1, 2, 3, 7}) {
        Team team(threads);
        for (const std::size_t count : {0UL, 1UL, 2UL, 1000UL}) {
            std::vector<std::atomic<int>> hits(count);
            team.over(count, [&](std::size_t begin, std::size_t end) {
                for (std::size_t i = begin; i < end; ++i) {
                    ++hits[i];
                }
            });
            for (const auto& hit : hits) {
                EXPECT_EQ(hit, 1);
            }
        }
    }
}

TEST(Team, PassesAnExceptionOnAndCanBeUsedAgain) {
    Team team(3);
    EXPECT_THROW(team.over(300,
                           [](std::size_t begin, std::size_t) {
                               if (begin > 0) {
                                   throw std::runtime_error("in a helper thread");
                               }
                           }),
                 std::runtime_error);
    std::atomic<int> sum = 0;
    team.over(300, [&](std::size_t begin, std::size_t end) { sum += static_cast<int>(end - begin); });
    EXPECT_EQ(sum, 300);
}

}  // namespace
}  // namespace hrn::core
