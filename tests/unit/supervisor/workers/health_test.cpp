#include "supervisor/workers/health.hpp"

#include <gtest/gtest.h>

namespace hrn::supervisor {
namespace {

using std::chrono::seconds;

TaskId id_of(int number) {
    TaskId id;
    id.bytes[15] = static_cast<std::uint8_t>(number);
    return id;
}

class HealthTest : public testing::Test {
protected:
    HealthTest() {
        limits_.load_timeout_s = 120;
        limits_.stage_timeout_s = 60;
        limits_.task_timeout_s = 300;
        view_.threads = {{1, Stage::none, 0, 100}, {1, Stage::none, 0, 101}};
    }
    KillReason at(int second) { return finding_at(second).reason; }
    Health::Finding finding_at(int second) {
        return health_.check(start_ + seconds(second), view_, held_, limits_);
    }
    void load() { health_.loaded(start_); }
    void enter(std::size_t thread, Stage stage, int task) {
        view_.threads[thread].stage = stage;
        ++view_.threads[thread].progress;
        view_.held = {{id_of(task), 1, {true, stage, Presence::in, static_cast<std::uint16_t>(thread)}}};
    }

    TimePoint start_{seconds(1000)};
    Health health_{start_};
    Config::Limits limits_;
    SegmentView view_;
    std::vector<TaskId> held_;
};

TEST_F(HealthTest, FindsALoadThatDoesNotEnd) {
    EXPECT_EQ(at(120), KillReason::none);
    EXPECT_EQ(at(121), KillReason::load_timeout);
}

TEST_F(HealthTest, DoesNotCountTheTimeThatAWorkerWaitsForDeviceMemory) {
    health_.load_pauses();
    EXPECT_EQ(at(1000), KillReason::none);
}

TEST_F(HealthTest, LeavesAnIdleWorkerAlone) {
    load();
    EXPECT_EQ(at(100000), KillReason::none);
}

TEST_F(HealthTest, FindsAThreadThatStandsStillInAStageAndNamesIt) {
    load();
    held_ = {id_of(1)};
    enter(1, Stage::decode, 1);
    EXPECT_EQ(at(1), KillReason::none);
    EXPECT_EQ(at(61), KillReason::none);
    const Health::Finding finding = finding_at(62);
    EXPECT_EQ(finding.reason, KillReason::stage_timeout);
    EXPECT_EQ(finding.threads, std::vector<int>{1});
    EXPECT_NE(finding.text.find("decode"), std::string::npos) << finding.text;
}

// The thread that reaches the limit first is the one that had begun first, which says nothing.
TEST_F(HealthTest, NamesEveryThreadThatStandsStillWhenTheWholeProcessDoes) {
    load();
    held_ = {id_of(1), id_of(2)};
    enter(0, Stage::decode, 1);
    EXPECT_EQ(at(0), KillReason::none);
    enter(1, Stage::infer, 2);
    EXPECT_EQ(at(2), KillReason::none);
    EXPECT_EQ(finding_at(61).threads, (std::vector<int>{0, 1}));
}

TEST_F(HealthTest, DoesNotNameAThreadThatHasBegunSince) {
    load();
    held_ = {id_of(1), id_of(2)};
    enter(0, Stage::decode, 1);
    EXPECT_EQ(at(0), KillReason::none);
    enter(1, Stage::infer, 2);
    EXPECT_EQ(at(40), KillReason::none);
    EXPECT_EQ(finding_at(61).threads, std::vector<int>{0});
}

TEST_F(HealthTest, IsPatientWithAStageThatMakesProgress) {
    load();
    held_ = {id_of(1)};
    enter(0, Stage::infer, 1);
    for (int second = 0; second < 280; second += 10) {
        ++view_.threads[0].progress;
        EXPECT_EQ(at(second), KillReason::none) << second;
    }
}

TEST_F(HealthTest, FindsATaskThatTakesTooLongDespiteProgress) {
    load();
    held_ = {id_of(1), id_of(2)};
    enter(0, Stage::infer, 1);
    Health::Finding finding;
    for (int second = 0; second <= 301; ++second) {
        ++view_.threads[0].progress;
        finding = finding_at(second);
    }
    EXPECT_EQ(finding.reason, KillReason::task_timeout);
    EXPECT_EQ(finding.task, id_of(1));
}

TEST_F(HealthTest, DoesNotCountTheTimeThatATaskLiesInTheRing) {
    load();
    held_ = {id_of(1), id_of(2)};
    enter(0, Stage::infer, 1);
    for (int second = 0; second < 250; second += 10) {
        ++view_.threads[0].progress;
        EXPECT_EQ(at(second), KillReason::none);
    }
    held_ = {id_of(2)};
    enter(0, Stage::infer, 2);
    for (int second = 250; second < 540; second += 10) {
        ++view_.threads[0].progress;
        EXPECT_EQ(at(second), KillReason::none) << second;
    }
}

TEST_F(HealthTest, FindsAWorkerThatHoldsTasksAndDoesNothing) {
    load();
    EXPECT_EQ(at(10), KillReason::none);
    held_ = {id_of(1)};
    EXPECT_EQ(at(70), KillReason::none);
    EXPECT_EQ(at(71), KillReason::no_progress);
}

TEST_F(HealthTest, CountsReportsAsActivity) {
    load();
    EXPECT_EQ(at(0), KillReason::none);
    held_ = {id_of(1)};
    health_.activity(start_ + seconds(50));
    EXPECT_EQ(at(100), KillReason::none);
}

TEST_F(HealthTest, IgnoresAStageTaskThatTheTableDoesNotKnow) {
    load();
    held_ = {id_of(2)};
    enter(0, Stage::infer, 1);
    for (int second = 0; second < 400; second += 10) {
        ++view_.threads[0].progress;
        EXPECT_NE(at(second), KillReason::task_timeout);
    }
}

TEST_F(HealthTest, SurvivesMoreThreadsThanASegmentHas) {
    load();
    view_.threads.resize(kMaxThreads + 10);
    EXPECT_EQ(at(1), KillReason::none);
}

}  // namespace
}  // namespace hrn::supervisor
