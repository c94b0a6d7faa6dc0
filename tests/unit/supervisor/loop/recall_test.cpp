#include "supervisor/loop/recall.hpp"

#include <gtest/gtest.h>

#include "tests/unit/supervisor/loop/virtual_fleet.hpp"

namespace hrn::supervisor {
namespace {

using std::chrono::milliseconds;
using test::number_id;

const TimePoint kNow{std::chrono::seconds(100)};

std::vector<HeldOrder> orders(std::initializer_list<std::size_t> numbers) {
    std::vector<HeldOrder> all;
    for (const std::size_t number : numbers) {
        all.push_back({number_id(number), 1, false, kNow});
    }
    return all;
}

std::vector<std::size_t> numbers_of(const std::vector<Recall>& recalls) {
    std::vector<std::size_t> numbers;
    for (const Recall& recall : recalls) {
        numbers.push_back(test::id_number(recall.task));
    }
    return numbers;
}
using Numbers = std::vector<std::size_t>;

TEST(Recall, TakesTheLastGivenTaskBackForAnIdleWorker) {
    const auto held = orders({1, 2, 3});
    const std::vector<Holder> holders = {{0, 1, 0, held}, {1, 1, 3, {}}};
    const auto recalls = plan_recalls(holders, nullptr, kNow);
    EXPECT_EQ(numbers_of(recalls), Numbers{3});
    EXPECT_EQ(recalls.front().worker, 0);
}

TEST(Recall, LeavesAWorkerItsFirstBatch) {
    const auto held = orders({1, 2, 3, 4});
    EXPECT_TRUE(plan_recalls(std::vector<Holder>{{0, 4, 8, held}, {1, 4, 12, {}}}, nullptr, kNow).empty());
}

TEST(Recall, FillsAnIdleWorkersBatch) {
    const auto held = orders({1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12});
    EXPECT_EQ(numbers_of(plan_recalls(std::vector<Holder>{{0, 4, 0, held}, {1, 4, 12, {}}}, nullptr, kNow)),
              (Numbers{12, 11, 10, 9}));
}

TEST(Recall, AsksOnlyOnceForATask) {
    auto held = orders({1, 2, 3});
    held[2].asked_back = kNow - milliseconds(1000);  // it was begun, or it would be gone
    EXPECT_EQ(numbers_of(plan_recalls(std::vector<Holder>{{0, 1, 0, held}, {1, 1, 3, {}}}, nullptr, kNow)),
              Numbers{2});
}

TEST(Recall, CountsWhatIsOnItsWayForTheIdleWorker) {
    auto held = orders({1, 2, 3});
    held[2].asked_back = kNow - milliseconds(1);
    EXPECT_TRUE(plan_recalls(std::vector<Holder>{{0, 1, 0, held}, {1, 1, 3, {}}}, nullptr, kNow).empty());
}

TEST(Recall, LeavesASuspectAlone) {
    auto held = orders({1, 2});
    held[1].solo = true;
    EXPECT_TRUE(plan_recalls(std::vector<Holder>{{0, 1, 0, held}, {1, 1, 3, {}}}, nullptr, kNow).empty());
}

TEST(Recall, ServesSeveralIdleWorkersFromThoseThatHoldMost) {
    const auto first = orders({1, 2, 3}), second = orders({4, 5});
    const auto recalls =
        plan_recalls(std::vector<Holder>{{0, 1, 0, first}, {1, 1, 1, second}, {2, 1, 3, {}}, {3, 1, 3, {}}},
                     nullptr, kNow);
    EXPECT_EQ(numbers_of(recalls), (Numbers{3, 2}));
}

class EqualCosts final : public CostSource {
public:
    double seconds_on(int worker, const TaskId&) const override { return worker == 0 ? 4 : 1; }
};

TEST(Recall, MovesATaskToABusyWorkerThatWouldStillFinishItSooner) {
    const EqualCosts costs;
    const auto slow = orders({1, 2}), fast = orders({3});
    const auto recalls =
        plan_recalls(std::vector<Holder>{{0, 1, 1, slow, 8}, {1, 1, 2, fast, 1}}, &costs, kNow);
    EXPECT_EQ(numbers_of(recalls), Numbers{2});
}

TEST(Recall, LeavesATaskWhereItIsFinishedSoonest) {
    const EqualCosts costs;
    const auto slow = orders({1}), fast = orders({3, 4});
    EXPECT_TRUE(
        plan_recalls(std::vector<Holder>{{0, 1, 2, slow, 4}, {1, 1, 1, fast, 2}}, &costs, kNow).empty());
}

}  // namespace
}  // namespace hrn::supervisor
