// The three policies behind a real dispatcher, in virtual time.
#include <gtest/gtest.h>

#include "supervisor/loop/policy_complexity.hpp"
#include "tests/unit/supervisor/loop/virtual_fleet.hpp"

namespace hrn::supervisor {
namespace {

using test::lognormal_work;
using test::VirtualFleet;

const std::vector<double> kUnequal{1, 1, 0.5, 0.25};

TEST(DynamicPolicy, StaysWithinListSchedulingsBoundOnUnequalDevices) {
    VirtualFleet fleet("dynamic", lognormal_work(20'000, 1), kUnequal);
    const double ideal = fleet.total_work() / fleet.total_speed();
    const double seconds = fleet.run();
    EXPECT_LE(seconds, ideal + fleet.longest() / 0.25);
    EXPECT_LE(seconds, 1.03 * ideal);
    EXPECT_EQ(fleet.ended().size(), 20'000U);
}

TEST(DynamicPolicy, LeavesNoDeviceIdleWhileAnotherHoldsMoreThanOneUndoneTask) {
    VirtualFleet fleet("dynamic", lognormal_work(500, 1), kUnequal);
    fleet.run();
    EXPECT_LE(fleet.most_held_while_idle(), 1U);
}

TEST(ComplexityPolicy, EndsWithinTwoPercentOfTheIdealWithNoisyEstimates) {
    VirtualFleet fleet("complexity", lognormal_work(20'000, 1), kUnequal);
    const double ideal = fleet.total_work() / fleet.total_speed();
    EXPECT_LE(fleet.run(0.3), 1.02 * ideal);
}

TEST(ComplexityPolicy, BeatsDynamicWhereOneLongTaskComesLast) {
    std::vector<double> work(60, 1.0);
    work.push_back(20);
    VirtualFleet dynamic("dynamic", work, {1, 1, 1, 1});
    VirtualFleet complexity("complexity", work, {1, 1, 1, 1});
    EXPECT_LT(complexity.run(), 0.75 * dynamic.run());
}

TEST(ComplexityPolicy, LeavesNoDeviceIdleWhileAnotherHoldsMoreThanOneUndoneTask) {
    VirtualFleet fleet("complexity", lognormal_work(500, 1), kUnequal);
    fleet.run(0.3);
    EXPECT_LE(fleet.most_held_while_idle(), 1U);
}

TEST(ComplexityPolicy, LetsACheapImageWaitAtMostItsPlaceTimesTheInterval) {
    std::vector<double> work(400, 5.0);
    work[10] = 0.1;  // the cheapest by far, eleventh in line
    VirtualFleet fleet("complexity", work, {1});
    fleet.run();
    const auto place = std::find(fleet.ended().begin(), fleet.ended().end(), 10U) - fleet.ended().begin();
    EXPECT_LE(place, 12 * static_cast<int>(ComplexityPolicy::kOldestEvery));
}

TEST(StaticPolicy, GivesEachDeviceTheSameNumberWhateverItsSpeed) {
    VirtualFleet fleet("static", std::vector<double>(400, 1.0), kUnequal);
    EXPECT_NEAR(fleet.run(), 100 / 0.25, 1e-6);
}

TEST(StaticPolicy, KeepsNeighboursTogetherInTheirOrder) {
    VirtualFleet fleet("static", std::vector<double>(9, 1.0), {1, 1, 1});
    fleet.run();
    EXPECT_EQ(fleet.ended(), (std::vector<std::size_t>{0, 3, 6, 1, 4, 7, 2, 5, 8}));
}

TEST(StaticPolicy, LeavesTheShareOfAWorkerThatIsGivenUpToTheOthers) {
    VirtualFleet fleet("static", std::vector<double>(40, 1.0), {1, 1});
    fleet.worker(1).serving = false;
    fleet.run();
    EXPECT_EQ(fleet.ended().size(), 40U);
}

TEST(Policies, FourEqualDevicesAreFourTimesAsFastAsOne) {
    for (const char* policy : {"dynamic", "static", "complexity"}) {
        VirtualFleet one(policy, std::vector<double>(2000, 1.0), {1});
        VirtualFleet four(policy, std::vector<double>(2000, 1.0), {1, 1, 1, 1});
        EXPECT_NEAR(one.run() / four.run(), 4, 0.01) << policy;
    }
}

TEST(Policies, SixtyFourDevicesAreKeptBusy) {
    VirtualFleet fleet("dynamic", std::vector<double>(64 * 50, 0.05), std::vector<double>(64, 1.0));
    EXPECT_NEAR(fleet.run(), 50 * 0.05, 1e-6);
}

TEST(Policies, ASwitchTakesOverWhatIsInLine) {
    VirtualFleet fleet("dynamic", std::vector<double>(100, 1.0), {1, 1});
    fleet.dispatcher().set_policy("static");
    fleet.run();
    EXPECT_EQ(fleet.ended().size(), 100U);
    EXPECT_EQ(fleet.dispatcher().policy(), "static");
}

// [scheduling] classes: a bulk job of many thousand images and one photo.
TEST(Fairness, OnePhotoIsNotHeldUpByABulkJobOfAHundredThousand) {
    VirtualFleet fleet("dynamic", std::vector<double>(100'001, 1.0), {1, 1});
    fleet.table().set_classes({{"bulk", 1, 0}, {"web", 1, 0}});
    fleet.run(0, [](std::size_t i) { return i == 100'000 ? "web" : "bulk"; });
    const auto place =
        std::find(fleet.ended().begin(), fleet.ended().end(), 100'000U) - fleet.ended().begin();
    EXPECT_LE(place, 8);  // what the workers had been given before, and its turn
}

TEST(Fairness, EveryWeightGetsItsShareWhileAllHaveTasks) {
    VirtualFleet fleet("dynamic", std::vector<double>(4000, 1.0), {1});
    fleet.table().set_classes({{"a", 3, 0}, {"b", 1, 0}});
    fleet.run(0, [](std::size_t i) { return i % 2 == 0 ? "a" : "b"; });
    const auto of_a = std::count_if(fleet.ended().begin(), fleet.ended().begin() + 1000,
                                    [](std::size_t i) { return i % 2 == 0; });
    EXPECT_NEAR(static_cast<double>(of_a), 750, 5);
}

TEST(Fairness, AHigherPriorityComesFirstAndTheLowerOneIsStillServed) {
    VirtualFleet fleet("dynamic", std::vector<double>(2000, 1.0), {1});
    fleet.table().set_classes({{"high", 1, 5}, {"low", 1, 0}});
    fleet.run(0, [](std::size_t i) { return i % 2 == 0 ? "high" : "low"; });
    const auto high = std::count_if(fleet.ended().begin(), fleet.ended().begin() + 170,
                                    [](std::size_t i) { return i % 2 == 0; });
    EXPECT_NEAR(static_cast<double>(high), 160, 3);  // 16 of 17
}

}  // namespace
}  // namespace hrn::supervisor
