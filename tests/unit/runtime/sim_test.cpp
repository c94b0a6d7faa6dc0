#include <gtest/gtest.h>

#include <cmath>
#include <optional>
#include <string_view>

#include "worker/runtime/sim/sim_commands.hpp"
#include "worker/runtime/sim/sim_plan.hpp"
#include "worker/runtime/task_failure.hpp"

namespace hrn::runtime::sim {
namespace {

Config::Simulated keys(const std::string& distribution = "constant") {
    Config::Simulated simulated;
    simulated.service_ms = 80;
    simulated.sigma = 0.5;
    simulated.distribution = distribution;
    simulated.seed = 7;
    return simulated;
}

TaskId id_number(std::uint8_t number) {
    TaskId id;
    id.bytes[0] = number;
    id.bytes[6] = 0x70;
    id.bytes[8] = 0x80;
    return id;
}

// Mean and deviation of the logarithm of many draws.
struct Draws {
    double mean = 0;
    double log_deviation = 0;
};
Draws draw_many(const Config::Simulated& simulated) {
    constexpr int kCount = 20000;
    double sum = 0;
    double log_sum = 0;
    double log_squares = 0;
    for (int i = 0; i < kCount; ++i) {
        TaskId id = id_number(static_cast<std::uint8_t>(i));
        id.bytes[15] = static_cast<std::uint8_t>(i >> 8);
        const double ms = plan_task(simulated, 0, id, 1).service_ms;
        sum += ms;
        log_sum += std::log(ms);
        log_squares += std::log(ms) * std::log(ms);
    }
    const double log_mean = log_sum / kCount;
    return {sum / kCount, std::sqrt(log_squares / kCount - log_mean * log_mean)};
}

TEST(SimPlan, IsTheSameForTheSameSeedAndTask) {
    const auto simulated = keys("exponential");
    EXPECT_EQ(plan_task(simulated, 2, id_number(9), 1).service_ms,
              plan_task(simulated, 2, id_number(9), 1).service_ms);
}

TEST(SimPlan, DiffersBetweenSeedsAndTasksButNotBetweenEqualWorkers) {
    auto simulated = keys("exponential");
    const double one = plan_task(simulated, 2, id_number(9), 1).service_ms;
    EXPECT_EQ(plan_task(simulated, 3, id_number(9), 1).service_ms, one);
    EXPECT_NE(plan_task(simulated, 2, id_number(8), 1).service_ms, one);
    simulated.seed = 8;
    EXPECT_NE(plan_task(simulated, 2, id_number(9), 1).service_ms, one);
}

TEST(SimPlan, TakesTheSameTimeInEveryAttempt) {
    const auto simulated = keys("exponential");
    EXPECT_EQ(plan_task(simulated, 2, id_number(9), 1).service_ms,
              plan_task(simulated, 2, id_number(9), 2).service_ms);
}

TEST(SimPlan, HasTheMeanThatIsAskedForWithEveryDistribution) {
    EXPECT_DOUBLE_EQ(draw_many(keys("constant")).mean, 80);
    EXPECT_NEAR(draw_many(keys("exponential")).mean, 80, 3);
    EXPECT_NEAR(draw_many(keys("lognormal")).mean, 80, 3);
}

TEST(SimPlan, SpreadsLognormalTimesBySigma) {
    EXPECT_NEAR(draw_many(keys("lognormal")).log_deviation, 0.5, 0.02);
}

TEST(SimPlan, DividesTheTimeByTheWorkersSpeed) {
    auto simulated = keys();
    simulated.speeds = {2, 0.5};
    EXPECT_DOUBLE_EQ(plan_task(simulated, 0, id_number(1), 1).service_ms, 40);
    EXPECT_DOUBLE_EQ(plan_task(simulated, 1, id_number(1), 1).service_ms, 160);
    EXPECT_DOUBLE_EQ(plan_task(simulated, 2, id_number(1), 1).service_ms, 80);
}

TEST(SimPlan, EstimatesTheWorkOfATaskWithTheNoiseThatIsAskedFor) {
    auto simulated = keys("lognormal");
    EXPECT_DOUBLE_EQ(estimated_ms(simulated, id_number(3)), plan_task(simulated, 0, id_number(3), 1).work_ms);
    simulated.estimate_noise = 0.2;
    double sum = 0, squares = 0;
    constexpr int kCount = 250;
    for (int i = 0; i < kCount; ++i) {
        const TaskId id = id_number(static_cast<std::uint8_t>(i));
        const double error = std::log(estimated_ms(simulated, id) / plan_task(simulated, 0, id, 1).work_ms);
        sum += error;
        squares += error * error;
    }
    EXPECT_NEAR(sum / kCount, 0, 0.04);
    EXPECT_NEAR(std::sqrt(squares / kCount), 0.2, 0.03);
}

TEST(SimPlan, HasAccidentsAtTheirRates) {
    auto simulated = keys();
    simulated.crash_rate = 0.3;
    simulated.hang_rate = 0.2;
    simulated.garbage_rate = 0.1;
    int crashes = 0;
    int aborts = 0;
    int hangs = 0;
    int garbage = 0;
    constexpr int kCount = 20000;
    for (int i = 0; i < kCount; ++i) {
        const SimPlan plan = plan_task(simulated, 0, id_number(1), static_cast<std::uint32_t>(i + 1));
        crashes += plan.crash ? 1 : 0;
        aborts += plan.abort ? 1 : 0;
        hangs += plan.hang ? 1 : 0;
        garbage += plan.garbage ? 1 : 0;
        ASSERT_FALSE(plan.crash && plan.abort);
    }
    EXPECT_NEAR(crashes, kCount * 0.15, kCount * 0.02);
    EXPECT_NEAR(aborts, kCount * 0.15, kCount * 0.02);
    EXPECT_NEAR(hangs, kCount * 0.2, kCount * 0.02);
    EXPECT_NEAR(garbage, kCount * 0.1, kCount * 0.02);
}

std::vector<SimCommand> parse(std::string_view text) {
    return parse_commands(std::as_bytes(std::span(text.data(), text.size())));
}

struct CommandCase {
    const char* name;
    const char* line;
    Action action;
    Stage stage;
    std::uint32_t attempts;
    double number;
    ErrorCode code;
};

class OneCommand : public ::testing::TestWithParam<CommandCase> {};

TEST_P(OneCommand, IsUnderstood) {
    const auto commands = parse(GetParam().line);
    ASSERT_EQ(commands.size(), 1U);
    EXPECT_EQ(commands[0].action, GetParam().action);
    EXPECT_EQ(commands[0].stage, GetParam().stage);
    EXPECT_EQ(commands[0].attempts, GetParam().attempts);
    EXPECT_EQ(commands[0].number, GetParam().number);
    EXPECT_EQ(commands[0].code, GetParam().code);
}

INSTANTIATE_TEST_SUITE_P(
    Language, OneCommand,
    ::testing::Values(
        CommandCase{"Crash", "hrn-sim: crash", Action::crash, Stage::infer, 0, 0, ErrorCode::none},
        CommandCase{"CrashInDecode", "hrn-sim: crash in decode\n", Action::crash, Stage::decode, 0, 0,
                    ErrorCode::none},
        CommandCase{"AbortOnce", "hrn-sim: abort first 1\n", Action::abort, Stage::infer, 1, 0,
                    ErrorCode::none},
        CommandCase{"Exit", "hrn-sim: exit 70\r\n", Action::exit, Stage::infer, 0, 70, ErrorCode::none},
        CommandCase{"SlowInWrite", "hrn-sim:  slow 500  in write first 2", Action::slow, Stage::write, 2, 500,
                    ErrorCode::none},
        CommandCase{"NoFace", "hrn-sim: no_face", Action::fail, Stage::infer, 0, 0, ErrorCode::no_face},
        CommandCase{"Fail", "hrn-sim: fail disk_full in write", Action::fail, Stage::write, 0, 0,
                    ErrorCode::disk_full},
        CommandCase{"OutOfMemory", "hrn-sim: oom", Action::oom, Stage::infer, 0, 0, ErrorCode::none},
        CommandCase{"Overflow", "hrn-sim: overflow in decode", Action::overflow, Stage::decode, 0, 0,
                    ErrorCode::none},
        CommandCase{"DeviceFits", "hrn-sim: device_fits 2", Action::device_fits, Stage::infer, 0, 2,
                    ErrorCode::none},
        CommandCase{"Flood", "hrn-sim: flood 400", Action::flood, Stage::infer, 0, 400, ErrorCode::none},
        CommandCase{"Chatter", "hrn-sim: chatter 2", Action::chatter, Stage::infer, 0, 2, ErrorCode::none},
        CommandCase{"Freeze", "hrn-sim: freeze", Action::freeze, Stage::infer, 0, 0, ErrorCode::none},
        CommandCase{"ClosePipes", "hrn-sim: close_pipes", Action::close_pipes, Stage::infer, 0, 0,
                    ErrorCode::none},
        CommandCase{"Leak", "hrn-sim: leak 12.5", Action::leak, Stage::infer, 0, 12.5, ErrorCode::none}),
    [](const auto& test) { return test.param.name; });

TEST(SimCommands, AreObeyedInTheirOrderUntilAnotherLine) {
    const auto commands = parse("hrn-sim: slow 1\nhrn-sim: garbage slots\nphoto\nhrn-sim: crash\n");
    ASSERT_EQ(commands.size(), 2U);
    EXPECT_EQ(commands[0].action, Action::slow);
    EXPECT_EQ(commands[1].action, Action::garbage);
    EXPECT_EQ(commands[1].garbage, Garbage::slots);
}

TEST(SimCommands, AreNotSeenInAnOrdinaryImage) {
    EXPECT_TRUE(parse("\xFF\xD8\xFF hrn-sim: crash").empty());
    EXPECT_TRUE(parse("").empty());
}

TEST(SimCommands, RefuseALineThatIsNotUnderstood) {
    for (const char* line : {"hrn-sim:", "hrn-sim: explode", "hrn-sim: slow", "hrn-sim: slow -1",
                             "hrn-sim: crash in load", "hrn-sim: crash first 0", "hrn-sim: crash twice",
                             "hrn-sim: garbage", "hrn-sim: fail", "hrn-sim: fail none"}) {
        std::optional<ErrorCode> code;
        try {
            static_cast<void>(parse(line));
        } catch (const TaskFailed& failed) {
            code = failed.failure().code;
        }
        EXPECT_EQ(code, ErrorCode::unreadable_image) << line;
    }
}

}  // namespace
}  // namespace hrn::runtime::sim
