// `hrn-ctl bench` and `plan`, without processes: options, figures, pictures, the simulation.
#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "supervisor/ctl/bench/bench_report.hpp"
#include "supervisor/ctl/bench/capacity.hpp"
#include "supervisor/ctl/bench/plan.hpp"
#include "supervisor/ctl/bench/svg_bars.hpp"
#include "supervisor/ctl/options.hpp"

namespace hrn::ctl {
namespace {

TEST(BenchOptions, TakeListsSeparatedByCommas) {
    const Options options = parse_options(
        {"bench", "--simulated", "--devices", "1,4", "--policies", "static,complexity", "--speeds", "1,0.5"});
    EXPECT_EQ(options.bench.counts, (std::vector<int>{1, 4}));
    EXPECT_EQ(options.bench.policies, (std::vector<std::string>{"static", "complexity"}));
    EXPECT_EQ(options.bench.speeds, (std::vector<double>{1, 0.5}));
}

TEST(BenchOptions, RefuseAPolicyThatDoesNotExist) {
    EXPECT_THROW(static_cast<void>(parse_options({"bench", "--policies", "fastest"})), CommandError);
}

TEST(PlanOptions, ADeadlineIsADuration) {
    EXPECT_EQ(duration_seconds("90s"), 90);
    EXPECT_EQ(duration_seconds("1.5h"), 5400);
    EXPECT_EQ(duration_seconds("30"), 30);
    EXPECT_FALSE(duration_seconds("-5s"));
    EXPECT_FALSE(duration_seconds("soon"));
    EXPECT_THROW(static_cast<void>(parse_options({"plan", "--images", "5", "--deadline", "soon"})),
                 CommandError);
}

BenchRun run_of(double seconds, double ideal = 0) {
    BenchRun run;
    run.seconds = seconds;
    run.done = 100;
    run.ideal_seconds = ideal;
    run.bound_seconds = ideal + 1;
    run.devices = {{"simulated 0", 100, 50, 0.5, 0.9}};
    return run;
}

TEST(BenchReport, GivesMeanDeviationSpeedUpAndEfficiency) {
    const std::vector<BenchCase> cases = {{"dynamic", {"cpu"}}, {"dynamic", {"cpu", "cpu"}}};
    const auto rows = summarise(cases, {{run_of(10), run_of(14)}, {run_of(6)}}, 120, false);
    EXPECT_DOUBLE_EQ(rows[0].mean_seconds, 12);
    EXPECT_NEAR(rows[0].deviation, std::sqrt(8), 1e-12);
    EXPECT_DOUBLE_EQ(rows[0].images_per_second, 10);
    EXPECT_DOUBLE_EQ(rows[0].speed_up, 1);
    EXPECT_DOUBLE_EQ(rows[1].speed_up, 2);
    EXPECT_DOUBLE_EQ(rows[1].efficiency, 1);
}

TEST(BenchReport, TakesTheWorkThatWasSimulatedForTheEfficiency) {
    const auto rows = summarise({{"dynamic", {"cpu"}}}, {{run_of(10, 9)}}, 100, true);
    EXPECT_DOUBLE_EQ(rows[0].efficiency, 0.9);
}

TEST(BenchReport, ComparesSimulatedDevicesOfUnequalSpeedWithOneThatIsNeverIdle) {
    BenchRun run = run_of(10, 9);
    run.work_seconds = 25;
    const auto rows = summarise({{"dynamic", {"cpu", "cpu", "cpu", "cpu"}}}, {{run}}, 100, true);
    EXPECT_DOUBLE_EQ(rows[0].speed_up, 2.5);
    EXPECT_DOUBLE_EQ(rows[0].efficiency, 0.9);
}

TEST(BenchReport, WritesALineOfTheTableForEachConfiguration) {
    const auto rows =
        summarise({{"dynamic", {"cpu"}}, {"static", {"cpu"}}}, {{run_of(10, 9)}, {run_of(20, 9)}}, 100, true);
    const std::string csv = bench_csv(rows);
    EXPECT_EQ(std::count(csv.begin(), csv.end(), '\n'), 3);
    EXPECT_NE(csv.find("static,1,cpu,100,1,20.000000,0.000000,5.0000,1.00000,0.45000,9.000000,10.000000,0"),
              std::string::npos)
        << csv;
    EXPECT_NE(devices_csv(rows).find("dynamic,1,1,simulated 0,100,50.0000,0.500000,0.9000"),
              std::string::npos);
}

TEST(BenchReport, DrawsABarForEveryFigure) {
    const auto rows =
        summarise({{"dynamic", {"cpu"}}, {"static", {"cpu"}}}, {{run_of(10, 9)}, {run_of(20, 9)}}, 100, true);
    const std::string svg = bench_svg(rows, "a < b");
    EXPECT_TRUE(svg.starts_with("<svg"));
    EXPECT_NE(svg.find("a &lt; b"), std::string::npos);
    std::size_t bars = 0;
    for (std::size_t at = svg.find("<rect x="); at != std::string::npos; at = svg.find("<rect x=", at + 1)) {
        ++bars;
    }
    EXPECT_EQ(bars, 4U + 2U);  // two policies in two panels, and the legend
}

TEST(Capacity, SplitsEqualTimesEvenly) {
    EXPECT_DOUBLE_EQ(simulate(100, 4, draw_from(ServiceTimes{1000, "constant", 0}), 1, 1).front(), 25);
    EXPECT_DOUBLE_EQ(simulate(101, 4, draw_from(ServiceTimes{1000, "constant", 0}), 1, 1).front(), 26);
}

TEST(Capacity, KeepsTheMeanOfEveryDistribution) {
    for (const char* name : {"constant", "exponential", "lognormal"}) {
        const DrawSeconds draw = draw_from(ServiceTimes{100, name, 0.5});
        Random random(1);
        double sum = 0;
        for (int i = 0; i < 100'000; ++i) {
            sum += draw(random);
        }
        EXPECT_NEAR(sum / 100'000, 0.1, 0.002) << name;
    }
}

TEST(Capacity, FindsTheFewestDevicesThatAreEnough) {
    const DrawSeconds draw = draw_from(ServiceTimes{1000, "constant", 0});
    const CapacityPlan plan = plan_capacity(1000, 100, 0.95, 64, draw, 1);
    EXPECT_EQ(plan.devices, 10);
    EXPECT_EQ(plan_capacity(1000, 99.5, 0.95, 64, draw, 1).devices, 11);
}

TEST(Capacity, SaysWhenEvenTheMostAreTooFew) {
    const CapacityPlan plan =
        plan_capacity(1000, 10, 0.95, 8, draw_from(ServiceTimes{1000, "constant", 0}), 1);
    EXPECT_FALSE(plan.devices);
    EXPECT_EQ(plan.rows.back().devices, 8);
}

TEST(Capacity, AsksForMoreDevicesWhereTimesVary) {
    const int even =
        *plan_capacity(400, 60, 0.95, 64, draw_from(ServiceTimes{1000, "constant", 0}), 1).devices;
    const int uneven =
        *plan_capacity(400, 60, 0.95, 64, draw_from(ServiceTimes{1000, "lognormal", 1}), 1).devices;
    EXPECT_GT(uneven, even);
}

TEST(Plan, DividesTheTimeOfABatchByItsImages) {
    const nlohmann::json stats = {{"samples", {{0, 0.01, 0.8, 0.02, 8}, {1, 0.01, 0.4, 0.02, 4}}}};
    EXPECT_EQ(device_seconds(stats), (std::vector<double>{0.1, 0.1}));
}

TEST(Plan, TakesTheStageThatSetsThePace) {
    const nlohmann::json stats = {{"samples", {{0, 0.5, 0.8, 0.02, 8}}}};
    EXPECT_EQ(device_seconds(stats), std::vector<double>{0.5});
}

TEST(Plan, LeavesOutSamplesThatMakeNoSense) {
    const nlohmann::json stats = {{"samples", {{0, 0.5}, "what", {0, 0.1, "x", 0.1, 1}}}};
    EXPECT_TRUE(device_seconds(stats).empty());
}

}  // namespace
}  // namespace hrn::ctl
