#include "supervisor/workers/restart_policy.hpp"

#include <gtest/gtest.h>

namespace hrn::supervisor {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

class RestartPolicyTest : public testing::Test {
protected:
    RestartPolicyTest() {
        settings_.initial_backoff_ms = 500;
        settings_.max_backoff_ms = 60000;
        settings_.max_failures = 5;
        settings_.failure_window_s = 300;
        settings_.probe_interval_s = 120;
    }
    RestartPolicy::Decision die(TimePoint now) {
        policy_.record_failure(now);
        return policy_.decide(now, settings_, false);
    }
    static void expect_near(Duration delay, milliseconds middle) {
        EXPECT_GE(delay, middle * 3 / 4);
        EXPECT_LE(delay, middle * 5 / 4);
    }

    Config::Restart settings_;
    RestartPolicy policy_{7};
    TimePoint now_{seconds(1000)};
};

TEST_F(RestartPolicyTest, WaitsTheInitialBackoffAfterTheFirstDeath) {
    const auto decision = die(now_);
    EXPECT_FALSE(decision.give_up);
    expect_near(decision.delay, milliseconds(500));
}

TEST_F(RestartPolicyTest, DoublesTheBackoffWithEachDeath) {
    die(now_);
    expect_near(die(now_ + seconds(1)).delay, milliseconds(1000));
    expect_near(die(now_ + seconds(2)).delay, milliseconds(2000));
    expect_near(die(now_ + seconds(3)).delay, milliseconds(4000));
}

TEST_F(RestartPolicyTest, NeverWaitsMuchLongerThanTheLongestBackoff) {
    settings_.max_backoff_ms = 1500;
    settings_.max_failures = 100;
    Duration delay{};
    for (int i = 0; i < 50; ++i) {
        delay = die(now_ + seconds(i)).delay;
    }
    expect_near(delay, milliseconds(1500));
}

TEST_F(RestartPolicyTest, StartsAgainFromTheInitialBackoffOnceATaskWasComputed) {
    die(now_);
    die(now_ + seconds(1));
    policy_.record_success();
    expect_near(die(now_ + seconds(2)).delay, milliseconds(500));
}

TEST_F(RestartPolicyTest, SpreadsTheRestartsOfSeveralWorkers) {
    RestartPolicy other(8);
    other.record_failure(now_);
    EXPECT_NE(die(now_).delay, other.decide(now_, settings_, false).delay);
}

TEST_F(RestartPolicyTest, GivesUpAfterMaxFailuresWithinTheWindow) {
    for (int i = 0; i < 4; ++i) {
        EXPECT_FALSE(die(now_ + seconds(i)).give_up);
    }
    const auto decision = die(now_ + seconds(5));
    EXPECT_TRUE(decision.give_up);
    EXPECT_EQ(decision.delay, seconds(120));
}

TEST_F(RestartPolicyTest, ForgetsDeathsThatAreOlderThanTheWindow) {
    for (int i = 0; i < 4; ++i) {
        die(now_ + seconds(i));
    }
    EXPECT_FALSE(die(now_ + seconds(301)).give_up);
}

TEST_F(RestartPolicyTest, DoesNotCountADeathThatATaskWasConvictedOf) {
    for (int i = 0; i < 20; ++i) {
        const auto failure = policy_.record_failure(now_ + seconds(i));
        policy_.forgive(failure);
        EXPECT_FALSE(policy_.decide(now_ + seconds(i), settings_, false).give_up);
    }
    EXPECT_EQ(policy_.failures_in_window(now_ + seconds(20), settings_), 0U);
}

TEST_F(RestartPolicyTest, IgnoresForgivenessForADeathItDoesNotRemember) {
    policy_.record_failure(now_);
    policy_.forgive(99);
    EXPECT_EQ(policy_.failures_in_window(now_, settings_), 1U);
}

TEST_F(RestartPolicyTest, GivesUpAtOnceWhenNoRestartHelps) {
    policy_.record_failure(now_);
    EXPECT_TRUE(policy_.decide(now_, settings_, true).give_up);
}

TEST_F(RestartPolicyTest, GivesUpAgainAtTheFirstDeathOfAProbe) {
    policy_.begin_probe();
    EXPECT_TRUE(die(now_).give_up);
}

TEST_F(RestartPolicyTest, StartsWithACleanSlateAfterAProbeThatComputedATask) {
    for (int i = 0; i < 5; ++i) {
        die(now_ + seconds(i));
    }
    policy_.begin_probe();
    policy_.record_success();
    EXPECT_FALSE(policy_.probing());
    EXPECT_FALSE(die(now_ + seconds(10)).give_up);
}

TEST_F(RestartPolicyTest, ForgetsEverythingWhenToldToStartNow) {
    for (int i = 0; i < 5; ++i) {
        die(now_ + seconds(i));
    }
    policy_.reset();
    EXPECT_EQ(policy_.failures_in_window(now_ + seconds(5), settings_), 0U);
}

}  // namespace
}  // namespace hrn::supervisor
