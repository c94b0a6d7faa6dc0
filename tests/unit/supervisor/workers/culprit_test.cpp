// Every rule of docs/design/culprit.md, in its order.
#include "supervisor/workers/culprit.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <csignal>

#include "shared/worker_launch.hpp"

namespace hrn::supervisor {
namespace {

TaskId id_of(int number) {
    TaskId id;
    id.bytes[6] = 0x70;
    id.bytes[15] = static_cast<std::uint8_t>(number);
    return id;
}

class CulpritTest : public testing::Test {
protected:
    // The supervisor's table says that the worker holds it, and it has not begun.
    void hold(int task, bool solo = false) { death_.held.push_back({id_of(task), 1, solo, true}); }
    // The worker has taken it from the ring.
    void take(int task, bool solo = false) { death_.held.push_back({id_of(task), 1, solo, false}); }
    // Its slot says where it is.
    void in_stage(int task, Stage stage, std::uint16_t thread, bool solo = false) {
        take(task, solo);
        death_.segment.held.push_back({id_of(task), 1, {true, stage, Presence::in, thread}});
    }
    void waiting_for(int task, Stage stage) {
        take(task);
        death_.segment.held.push_back({id_of(task), 1, {true, stage, Presence::waiting, kMaxThreads}});
    }
    void died_of(int signal) { death_.status = {true, signal}; }
    void exited_with(WorkerExit status) { death_.status = {false, static_cast<int>(status)}; }
    void last_words(int signal, std::optional<int> thread) {
        death_.segment.last_words = LastWordsView{signal, 0x10, 4711, thread};
    }
    std::vector<int> suspects() {
        std::vector<int> numbers;
        for (const auto& suspect : judge(death_).suspects) {
            numbers.push_back(suspect.id.bytes[15]);
        }
        return numbers;
    }
    std::vector<int> innocents() {
        std::vector<int> numbers;
        for (const TaskId& id : judge(death_).innocents) {
            numbers.push_back(id.bytes[15]);
        }
        return numbers;
    }

    Death death_;
    using Numbers = std::vector<int>;
};

TEST_F(CulpritTest, SuspectsOnlyTheTaskOfTheThreadThatDied) {
    in_stage(1, Stage::decode, 0);
    in_stage(2, Stage::decode, 1);
    in_stage(3, Stage::infer, 2);
    died_of(SIGSEGV);
    last_words(SIGSEGV, 1);
    EXPECT_EQ(suspects(), Numbers{2});
    EXPECT_EQ(innocents(), (Numbers{1, 3}));
}

TEST_F(CulpritTest, SuspectsTheWholeBatchOfTheThreadThatDied) {
    in_stage(1, Stage::infer, 2);
    in_stage(2, Stage::infer, 2);
    in_stage(3, Stage::write, 3);
    died_of(SIGABRT);
    last_words(SIGABRT, 2);
    EXPECT_EQ(suspects(), (Numbers{1, 2}));
}

TEST_F(CulpritTest, SuspectsAllInAStageWhenNoThreadIsNamed) {
    in_stage(1, Stage::decode, 0);
    waiting_for(2, Stage::infer);
    in_stage(3, Stage::write, 3);
    hold(4);
    died_of(SIGKILL);
    EXPECT_EQ(suspects(), (Numbers{1, 3}));
    EXPECT_EQ(innocents(), (Numbers{2, 4}));
}

TEST_F(CulpritTest, SuspectsAllInAStageWhenTheNamedThreadHadNoTask) {
    in_stage(1, Stage::decode, 0);
    died_of(SIGSEGV);
    last_words(SIGSEGV, 9);
    EXPECT_EQ(suspects(), Numbers{1});
}

TEST_F(CulpritTest, SuspectsAllInAStageWhenAThreadDiedThatIsNoStageThread) {
    in_stage(1, Stage::infer, 2);
    died_of(SIGSEGV);
    last_words(SIGSEGV, std::nullopt);
    EXPECT_EQ(suspects(), Numbers{1});
}

TEST_F(CulpritTest, LetsTasksGoThatWereStillInTheRing) {
    hold(1);
    hold(2);
    died_of(SIGSEGV);
    EXPECT_EQ(suspects(), Numbers{});
    EXPECT_EQ(innocents(), (Numbers{1, 2}));
}

TEST_F(CulpritTest, SuspectsATaskWithoutASlotWhenSlotsWereOverwritten) {
    hold(1);
    waiting_for(2, Stage::infer);
    death_.segment.garbled_slots = 1;
    died_of(SIGSEGV);
    EXPECT_EQ(suspects(), Numbers{1});
}

TEST_F(CulpritTest, IgnoresASlotOfATaskThatIsNotHeld) {
    death_.segment.held.push_back({id_of(9), 1, {true, Stage::infer, Presence::in, 2}});
    in_stage(1, Stage::infer, 2);
    died_of(SIGKILL);
    EXPECT_EQ(suspects(), Numbers{1});
    EXPECT_EQ(innocents(), Numbers{});
}

TEST_F(CulpritTest, IgnoresASlotOfAnotherAttempt) {
    hold(1);
    death_.segment.held.push_back({id_of(1), 2, {true, Stage::infer, Presence::in, 2}});
    died_of(SIGKILL);
    EXPECT_EQ(innocents(), Numbers{1});
}

TEST_F(CulpritTest, BlamesEveryBatchForAStickyDeviceError) {
    in_stage(1, Stage::infer, 2);
    in_stage(2, Stage::infer, 2);
    in_stage(3, Stage::decode, 0);
    in_stage(4, Stage::write, 3);
    exited_with(WorkerExit::device_fatal);
    EXPECT_EQ(suspects(), (Numbers{1, 2}));
    EXPECT_EQ(judge(death_).code, ErrorCode::device_error);
}

TEST_F(CulpritTest, BlamesEveryBatchWhenTheLastReportNamesADeviceError) {
    in_stage(1, Stage::infer, 2);
    in_stage(2, Stage::write, 3);
    died_of(SIGABRT);
    death_.fatal = ErrorCode::device_error;
    EXPECT_EQ(suspects(), Numbers{1});
}

TEST_F(CulpritTest, BlamesNobodyWhenTheDeviceIsGone) {
    in_stage(1, Stage::infer, 2);
    exited_with(WorkerExit::device_lost);
    EXPECT_EQ(suspects(), Numbers{});
    EXPECT_EQ(innocents(), Numbers{1});
    EXPECT_EQ(judge(death_).code, ErrorCode::device_lost);
    EXPECT_TRUE(judge(death_).counts_against_device);
}

TEST_F(CulpritTest, SuspectsOnlyTheTasksOfTheThreadThatHung) {
    in_stage(1, Stage::decode, 0);
    in_stage(2, Stage::write, 3);
    died_of(SIGKILL);
    death_.kill_reason = KillReason::stage_timeout;
    death_.hung_threads = {3};
    EXPECT_EQ(suspects(), Numbers{2});
    EXPECT_EQ(judge(death_).code, ErrorCode::timeout);
}

TEST_F(CulpritTest, SuspectsTheTasksOfAllThreadsThatStandStill) {
    in_stage(1, Stage::decode, 0);
    in_stage(2, Stage::infer, 2);
    in_stage(3, Stage::write, 3);
    waiting_for(4, Stage::infer);
    died_of(SIGKILL);
    death_.kill_reason = KillReason::stage_timeout;
    death_.hung_threads = {0, 2};
    EXPECT_EQ(suspects(), (Numbers{1, 2}));
    EXPECT_EQ(innocents(), (Numbers{3, 4}));
}

TEST_F(CulpritTest, BlamesNobodyWhenTheWorkerCouldNotStart) {
    hold(1);
    exited_with(WorkerExit::not_started);
    EXPECT_EQ(suspects(), Numbers{});
    EXPECT_TRUE(judge(death_).counts_against_device);
    EXPECT_FALSE(judge(death_).permanent) << "another start may find what this one lacked";
}

TEST_F(CulpritTest, SuspectsOnlyTheTaskThatTookTooLong) {
    in_stage(1, Stage::infer, 2);
    in_stage(2, Stage::infer, 2);
    died_of(SIGTERM);
    death_.kill_reason = KillReason::task_timeout;
    death_.slow_task = id_of(2);
    EXPECT_EQ(suspects(), Numbers{2});
}

TEST_F(CulpritTest, SuspectsAllInAStageOfAWorkerThatDidNothing) {
    in_stage(1, Stage::infer, 2);
    waiting_for(2, Stage::infer);
    died_of(SIGKILL);
    death_.kill_reason = KillReason::no_progress;
    EXPECT_EQ(suspects(), Numbers{1});
    EXPECT_EQ(judge(death_).code, ErrorCode::worker_hung);
}

TEST_F(CulpritTest, SuspectsAllThatHadBegunAfterGarbage) {
    in_stage(1, Stage::decode, 0);
    waiting_for(2, Stage::infer);
    waiting_for(3, Stage::decode);
    hold(4);
    died_of(SIGKILL);
    death_.kill_reason = KillReason::protocol_error;
    EXPECT_EQ(suspects(), (Numbers{1, 2}));
    EXPECT_EQ(innocents(), (Numbers{3, 4}));
    EXPECT_EQ(judge(death_).code, ErrorCode::protocol_error);
}

TEST_F(CulpritTest, SuspectsATaskWhoseReportWasLostToGarbage) {
    take(1);
    hold(2);
    died_of(SIGKILL);
    death_.kill_reason = KillReason::protocol_error;
    EXPECT_EQ(suspects(), Numbers{1});
    EXPECT_EQ(innocents(), Numbers{2});
}

TEST_F(CulpritTest, SuspectsAllInAStageWhenMemoryRanOut) {
    in_stage(1, Stage::decode, 0);
    waiting_for(2, Stage::infer);
    died_of(SIGKILL);
    death_.killed_for_memory = true;
    EXPECT_EQ(suspects(), Numbers{1});
    EXPECT_EQ(judge(death_).code, ErrorCode::killed_for_memory);
}

TEST_F(CulpritTest, KnowsThatAKillFromOutsideIsAnAccident) {
    in_stage(1, Stage::infer, 2, true);
    died_of(SIGKILL);
    EXPECT_FALSE(judge(death_).accident) << "memory may have run out";
    death_.killed_from_outside = true;
    const Verdict verdict = judge(death_);
    EXPECT_TRUE(verdict.accident);
    EXPECT_TRUE(verdict.counts_against_device);
    EXPECT_NE(verdict.text.find("from outside"), std::string::npos);
    death_.kill_reason = KillReason::stage_timeout;
    EXPECT_FALSE(judge(death_).accident) << "we killed it";
}

TEST_F(CulpritTest, BlamesNobodyWhenTheSupervisorWasToldToKill) {
    in_stage(1, Stage::infer, 2, true);
    died_of(SIGKILL);
    death_.kill_reason = KillReason::requested;
    const Verdict verdict = judge(death_);
    EXPECT_EQ(innocents(), Numbers{1});
    EXPECT_FALSE(verdict.counts_against_device);
    EXPECT_TRUE(verdict.restart_at_once);
}

TEST_F(CulpritTest, CountsALoadThatTookTooLongAgainstTheDevice) {
    died_of(SIGKILL);
    death_.kill_reason = KillReason::load_timeout;
    EXPECT_TRUE(judge(death_).counts_against_device);
}

TEST_F(CulpritTest, CountsTheDeathOfALoneSuspectAgainstTheTask) {
    in_stage(1, Stage::infer, 2, true);
    died_of(SIGSEGV);
    const Verdict verdict = judge(death_);
    ASSERT_EQ(verdict.suspects.size(), 1U);
    EXPECT_TRUE(verdict.suspects.front().solo);
    EXPECT_FALSE(verdict.counts_against_device);
}

TEST_F(CulpritTest, CountsADeathAgainstTheDeviceWhenTheLoneSuspectOnlyWaited) {
    hold(1, true);
    died_of(SIGSEGV);
    EXPECT_TRUE(judge(death_).counts_against_device);
    EXPECT_EQ(innocents(), Numbers{1});
}

TEST_F(CulpritTest, KnowsThatNoRestartMendsAModelThatCannotBeLoaded) {
    exited_with(WorkerExit::model);
    EXPECT_TRUE(judge(death_).permanent);
    EXPECT_EQ(judge(death_).code, ErrorCode::model_missing);
}

TEST_F(CulpritTest, TreatsARecycledWorkerAsNoFailure) {
    hold(1);
    exited_with(WorkerExit::recycled);
    const Verdict verdict = judge(death_);
    EXPECT_FALSE(verdict.counts_against_device);
    EXPECT_TRUE(verdict.restart_at_once);
    EXPECT_EQ(innocents(), Numbers{1});
}

TEST_F(CulpritTest, CountsAnUnexpectedCleanEndAndSuspectsWhatWasInAStage) {
    in_stage(1, Stage::write, 3);
    exited_with(WorkerExit::ok);
    EXPECT_EQ(suspects(), Numbers{1});
    EXPECT_TRUE(judge(death_).counts_against_device);
}

TEST_F(CulpritTest, BlamesNobodyForAWorkerThatCouldNotBeStarted) {
    death_.start_error = "no such program";
    const Verdict verdict = judge(death_);
    EXPECT_TRUE(verdict.counts_against_device);
    EXPECT_NE(verdict.text.find("no such program"), std::string::npos);
}

TEST_F(CulpritTest, NamesSignalStageAndThreadForTheOperator) {
    in_stage(1, Stage::decode, 0);
    died_of(SIGABRT);
    last_words(SIGSEGV, 0);
    const Verdict verdict = judge(death_);
    EXPECT_EQ(verdict.signal, SIGSEGV);
    EXPECT_EQ(verdict.suspects.front().stage, "in decode");
    EXPECT_NE(verdict.text.find("SIGSEGV at 0x10 in thread 4711"), std::string::npos) << verdict.text;
}

TEST_F(CulpritTest, NamesEveryHeldTaskExactlyOnce) {
    in_stage(1, Stage::decode, 0);
    in_stage(2, Stage::infer, 2);
    waiting_for(3, Stage::write);
    hold(4);
    for (const KillReason reason :
         {KillReason::none, KillReason::requested, KillReason::load_timeout, KillReason::stage_timeout,
          KillReason::task_timeout, KillReason::no_progress, KillReason::protocol_error,
          KillReason::memory_limit}) {
        death_.kill_reason = reason;
        Numbers all = suspects();
        const Numbers others = innocents();
        all.insert(all.end(), others.begin(), others.end());
        std::sort(all.begin(), all.end());
        EXPECT_EQ(all, (Numbers{1, 2, 3, 4}));
    }
}

}  // namespace
}  // namespace hrn::supervisor
