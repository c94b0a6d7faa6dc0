// What becomes of a task: every outcome of a run, driven without threads, processes or disks.
#include "supervisor/loop/task_desk.hpp"

#include <gtest/gtest.h>

#include <csignal>
#include <nlohmann/json.hpp>

namespace hrn::supervisor {
namespace {

using std::chrono::seconds;

TaskId id_of(int number) {
    TaskId id;
    id.bytes[15] = static_cast<std::uint8_t>(number);
    return id;
}

class RecordingPorts final : public TaskDeskPorts, public EventSink {
public:
    struct Attempt {
        TaskId id;
        std::uint32_t attempts;
        TaskError error;
    };
    void record_attempt(const TaskId& id, std::uint32_t attempts, const TaskError& error) override {
        attempts_.push_back({id, attempts, error});
    }
    void discard_result(std::uint64_t, const TaskId& id) override { discarded.push_back(id); }
    void finish_done(DoneTask task) override { done.push_back(std::move(task)); }
    void finish_failed(FailedTask task) override { failed.push_back(std::move(task)); }
    void forgive(int, std::uint64_t failure) override { forgiven.push_back(failure); }
    void worker_succeeded(int) override { ++successes; }
    std::string device_of(int worker) const override { return worker < 0 ? "" : "cpu"; }
    void operator_trouble(ErrorCode code, const std::string&) override { trouble = code; }
    void operator_trouble_over() override { trouble = ErrorCode::none; }
    const Config::Limits& limits() const override { return limits_; }
    EventSink& events() override { return *this; }
    bool wanted() const override { return true; }
    void emit(std::string_view name, nlohmann::json) override { events_.emplace_back(name); }

    Config::Limits limits_;
    std::vector<Attempt> attempts_;
    std::vector<DoneTask> done;
    std::vector<FailedTask> failed;
    std::vector<std::uint64_t> forgiven;
    std::vector<TaskId> discarded;
    std::vector<std::string> events_;
    int successes = 0;
    ErrorCode trouble = ErrorCode::none;
};

class TaskDeskTest : public testing::Test {
protected:
    TaskDeskTest() { ports_.limits_.max_attempts = 3; }

    void queue(int number, std::uint32_t attempts = 0, bool recovered = false) {
        QueuedTask task;
        task.id = id_of(number);
        task.order = number;
        task.attempts = attempts;
        desk_.queued({task}, recovered);
    }
    TaskEntry* find(int number) { return table_.find(id_of(number)); }
    HeldOrder run(int number, bool solo = false) {
        TaskEntry& entry = *find(number);
        if (solo) {
            table_.start_committing(entry);
        }
        table_.start_running(entry, 0, now_);
        return {entry.task.id, entry.attempt(), solo, now_};
    }
    void report_done(const HeldOrder& order) {
        ReportRecord report;
        report.kind = ReportKind::done;
        report.stage_microseconds[static_cast<std::size_t>(Stage::infer)] = 250000;
        desk_.reported(0, 77, order, report, now_ + seconds(2));
    }
    void report_failed(const HeldOrder& order, ErrorCode code, const char* text = "what happened") {
        ReportRecord report;
        report.kind = ReportKind::failed;
        report.error = static_cast<std::uint16_t>(code);
        report.stage = static_cast<std::uint16_t>(Stage::decode);
        set_text(report, text);
        desk_.reported(0, 77, order, report, now_ + seconds(2));
    }
    void die(std::vector<Verdict::Suspect> suspects, std::vector<TaskId> innocents, std::uint64_t failure) {
        Verdict verdict;
        verdict.code = ErrorCode::worker_crashed;
        verdict.text = "SIGSEGV";
        verdict.signal = SIGSEGV;
        verdict.suspects = std::move(suspects);
        verdict.innocents = std::move(innocents);
        desk_.worker_gone(0, verdict, failure, now_);
    }
    void die_alone(int number) {
        run(number, true);
        die({{id_of(number), "in infer", true}}, {}, 0);
    }

    TaskTable table_;
    Statistics statistics_;
    RecordingPorts ports_;
    TaskDesk desk_{table_, statistics_, ports_};
    TimePoint now_{seconds(1000)};
};

TEST_F(TaskDeskTest, OffersAComputedTaskToStorageAsItsFirstAttempt) {
    queue(1);
    report_done(run(1));
    ASSERT_EQ(ports_.done.size(), 1U);
    EXPECT_EQ(ports_.done[0].attempts, 1U);
    EXPECT_EQ(ports_.done[0].generation, 77U);
    EXPECT_DOUBLE_EQ(ports_.done[0].seconds, 2.0);
    EXPECT_EQ(find(1)->phase, TaskPhase::finishing);
    EXPECT_EQ(ports_.successes, 1);
}

TEST_F(TaskDeskTest, PutsATaskThatWasGivenBackIntoItsPlaceAtNoCost) {
    queue(1);
    queue(2);
    const HeldOrder order = run(1);
    desk_.returned(order);
    EXPECT_EQ(find(1)->phase, TaskPhase::queued);
    EXPECT_EQ(find(1)->attempt(), 1U);
    EXPECT_EQ(table_.next()->task.id, id_of(1));
}

TEST_F(TaskDeskTest, FailsACancelledTaskThatIsGivenBack) {
    queue(1);
    const HeldOrder order = run(1);
    EXPECT_TRUE(desk_.cancel(id_of(1)));
    desk_.returned(order);
    ASSERT_EQ(ports_.failed.size(), 1U);
    EXPECT_EQ(ports_.failed[0].error.code, ErrorCode::cancelled);
}

TEST_F(TaskDeskTest, ForgetsATaskThatIsFinishedAndCountsIt) {
    queue(1);
    report_done(run(1));
    FinishedTask finished;
    finished.id = id_of(1);
    desk_.finished(finished);
    EXPECT_EQ(find(1), nullptr);
    EXPECT_EQ(statistics_.worker(0).completed, 1U);
    EXPECT_NEAR(statistics_.worker(0).mean_seconds(), 0.25, 1e-6);
    EXPECT_EQ(ports_.events_.back(), "task.done");
}

TEST_F(TaskDeskTest, RecordsAPermanentErrorAtOnce) {
    queue(1);
    report_failed(run(1), ErrorCode::no_face);
    ASSERT_EQ(ports_.failed.size(), 1U);
    EXPECT_EQ(ports_.failed[0].attempts, 1U);
    EXPECT_FALSE(ports_.failed[0].quarantined);
    EXPECT_EQ(ports_.failed[0].error.code, ErrorCode::no_face);
    EXPECT_EQ(ports_.failed[0].error.stage, "in decode");
}

TEST_F(TaskDeskTest, UsesTheSentenceOfTheCodeWhenTheWorkerSaysNothing) {
    queue(1);
    report_failed(run(1), ErrorCode::no_face, "");
    EXPECT_EQ(ports_.failed[0].error.message, error_row(ErrorCode::no_face).sentence);
}

TEST_F(TaskDeskTest, TriesARetryErrorAgainAfterABackoff) {
    queue(1);
    report_failed(run(1), ErrorCode::internal_error);
    ASSERT_EQ(ports_.attempts_.size(), 1U);
    EXPECT_EQ(ports_.attempts_[0].attempts, 1U);
    EXPECT_EQ(find(1)->phase, TaskPhase::resting);
    EXPECT_TRUE(table_.wake_rested(now_ + seconds(2) + TaskDesk::retry_backoff(1)));
    EXPECT_EQ(find(1)->attempt(), 2U);
}

TEST_F(TaskDeskTest, FailsATaskAfterMaxAttempts) {
    queue(1);
    for (int attempt = 1; attempt <= 3; ++attempt) {
        report_failed(run(1), ErrorCode::internal_error);
        table_.wake_rested(now_ + seconds(1000));
    }
    ASSERT_EQ(ports_.failed.size(), 1U);
    EXPECT_EQ(ports_.failed[0].attempts, 3U);
    EXPECT_FALSE(ports_.failed[0].quarantined);
    EXPECT_EQ(ports_.attempts_.size(), 2U);
}

TEST_F(TaskDeskTest, DoublesTheRetryBackoffUpToAMinute) {
    EXPECT_EQ(TaskDesk::retry_backoff(1), seconds(1));
    EXPECT_EQ(TaskDesk::retry_backoff(3), seconds(4));
    EXPECT_EQ(TaskDesk::retry_backoff(50), seconds(60));
}

TEST_F(TaskDeskTest, ChargesNoAttemptForTheMachinesTrouble) {
    queue(1);
    report_failed(run(1), ErrorCode::disk_full);
    EXPECT_EQ(ports_.trouble, ErrorCode::disk_full);
    EXPECT_TRUE(ports_.failed.empty());
    EXPECT_TRUE(ports_.attempts_.empty());
    table_.wake_rested(now_ + seconds(1000));
    report_done(run(1));
    EXPECT_EQ(ports_.trouble, ErrorCode::none);
    EXPECT_EQ(ports_.done[0].attempts, 1U);
}

TEST_F(TaskDeskTest, ChargesAResultThatWasNotWhatTheWorkerSaid) {
    queue(1);
    report_done(run(1));
    desk_.publish_refused(id_of(1), "mesh.obj has 5 bytes instead of 9", now_);
    ASSERT_EQ(ports_.attempts_.size(), 1U);
    EXPECT_EQ(ports_.attempts_[0].error.code, ErrorCode::invalid_result);
    EXPECT_EQ(find(1)->phase, TaskPhase::resting);
}

TEST_F(TaskDeskTest, TakesInnocentTasksBackForNothing) {
    queue(1);
    run(1);
    die({}, {id_of(1)}, 5);
    EXPECT_EQ(find(1)->phase, TaskPhase::queued);
    EXPECT_FALSE(find(1)->suspect);
    EXPECT_EQ(find(1)->attempt(), 1U);
    EXPECT_EQ(ports_.events_.back(), "task.rescued");
    EXPECT_TRUE(ports_.attempts_.empty());
}

TEST_F(TaskDeskTest, MakesSuspectsRunAloneWithoutChargingThemYet) {
    queue(1);
    run(1);
    die({{id_of(1), "in infer", false}}, {}, 5);
    EXPECT_TRUE(find(1)->suspect);
    EXPECT_EQ(find(1)->attempt(), 1U);
    EXPECT_EQ(find(1)->unrecorded.size(), 1U);
    EXPECT_TRUE(ports_.forgiven.empty());
}

TEST_F(TaskDeskTest, ClearsASuspectThatSurvivesAlone) {
    queue(1);
    run(1);
    die({{id_of(1), "in infer", false}}, {}, 5);
    report_done(run(1, true));
    ASSERT_EQ(ports_.done.size(), 1U);
    EXPECT_EQ(ports_.done[0].attempts, 1U);
    EXPECT_TRUE(ports_.forgiven.empty());
}

TEST_F(TaskDeskTest, ChargesALoneSuspectTheEarlierDeathsAndForgivesThemToTheDevice) {
    queue(1);
    run(1);
    die({{id_of(1), "in infer", false}}, {}, 5);
    die_alone(1);
    ASSERT_EQ(ports_.attempts_.size(), 1U);
    EXPECT_EQ(ports_.attempts_[0].attempts, 2U);
    EXPECT_EQ(ports_.forgiven, std::vector<std::uint64_t>{5});
    EXPECT_TRUE(find(1)->suspect);
    EXPECT_EQ(find(1)->attempt(), 3U);
}

TEST_F(TaskDeskTest, QuarantinesAnImageOnceItHasKilledThreeWorkers) {
    queue(1);
    run(1);
    die({{id_of(1), "in infer", false}}, {}, 5);
    die_alone(1);
    EXPECT_TRUE(ports_.failed.empty());
    die_alone(1);
    ASSERT_EQ(ports_.failed.size(), 1U);
    EXPECT_TRUE(ports_.failed[0].quarantined);
    EXPECT_EQ(ports_.failed[0].attempts, 3U);
    EXPECT_EQ(ports_.failed[0].error.code, ErrorCode::worker_crashed);
    EXPECT_EQ(ports_.failed[0].error.signal, SIGSEGV);
    EXPECT_EQ(ports_.failed[0].error.stage, "in infer");
    EXPECT_NE(ports_.failed[0].error.message.find("3 workers died"), std::string::npos);
}

TEST_F(TaskDeskTest, SuspectsATaskUnderWhichTheDeviceFailedAndChargesItOnlyAlone) {
    queue(1);
    report_failed(run(1), ErrorCode::device_error);
    EXPECT_TRUE(find(1)->suspect);
    EXPECT_TRUE(ports_.attempts_.empty());
    report_failed(run(1, true), ErrorCode::device_error);
    EXPECT_EQ(ports_.attempts_.back().attempts, 2U);
    report_failed(run(1, true), ErrorCode::device_error);
    ASSERT_EQ(ports_.failed.size(), 1U);
    EXPECT_TRUE(ports_.failed[0].quarantined);
    EXPECT_EQ(ports_.failed[0].error.code, ErrorCode::device_error);
}

TEST_F(TaskDeskTest, BlamesNoTaskForADeviceThatIsGone) {
    queue(1);
    report_failed(run(1), ErrorCode::device_lost);
    EXPECT_EQ(find(1)->phase, TaskPhase::queued);
    EXPECT_FALSE(find(1)->suspect);
    EXPECT_EQ(find(1)->attempt(), 1U);
}

TEST_F(TaskDeskTest, DoesNotSuspectATaskBecauseSomebodyKilledItsWorker) {
    queue(1);
    Verdict verdict;
    verdict.accident = true;
    verdict.suspects = {{id_of(1), "in infer", false}};
    for (int i = 1; i < 10; ++i) {
        run(1);
        desk_.worker_gone(0, verdict, 5, now_);
        EXPECT_FALSE(find(1)->suspect) << i;
    }
    run(1);
    desk_.worker_gone(0, verdict, 5, now_);
    EXPECT_TRUE(find(1)->suspect) << "ten times is no accident";
    EXPECT_EQ(find(1)->attempt(), 1U);
}

TEST_F(TaskDeskTest, DoesNotChargeALoneSuspectWhoseWorkerSomebodyKilled) {
    queue(1);
    run(1);
    die({{id_of(1), "in infer", false}}, {}, 5);
    run(1, true);
    Verdict verdict;
    verdict.accident = true;
    verdict.suspects = {{id_of(1), "in infer", true}};
    desk_.worker_gone(0, verdict, 6, now_);
    EXPECT_TRUE(find(1)->suspect);
    EXPECT_EQ(find(1)->attempt(), 1U);
    EXPECT_TRUE(ports_.forgiven.empty());
}

TEST_F(TaskDeskTest, LetsATaskRunAloneThatWasUnderWayWhenTheServiceEnded) {
    queue(1, 1, true);
    EXPECT_TRUE(find(1)->suspect);
    queue(2, 0, true);
    EXPECT_FALSE(find(2)->suspect);
}

TEST_F(TaskDeskTest, QuarantinesATaskThatEndedTheServiceTooOften) {
    queue(1, 3, true);
    ASSERT_EQ(ports_.failed.size(), 1U);
    EXPECT_TRUE(ports_.failed[0].quarantined);
    EXPECT_EQ(ports_.failed[0].error.code, ErrorCode::poison);
}

TEST_F(TaskDeskTest, FailsAQueuedTaskThatIsCancelled) {
    queue(1);
    EXPECT_TRUE(desk_.cancel(id_of(1)));
    ASSERT_EQ(ports_.failed.size(), 1U);
    EXPECT_EQ(ports_.failed[0].error.code, ErrorCode::cancelled);
    EXPECT_FALSE(desk_.cancel(id_of(1)));
    EXPECT_FALSE(desk_.cancel(id_of(9)));
}

TEST_F(TaskDeskTest, DropsTheResultOfARunningTaskThatWasCancelled) {
    queue(1);
    const HeldOrder order = run(1);
    EXPECT_TRUE(desk_.cancel(id_of(1)));
    EXPECT_TRUE(ports_.failed.empty());
    report_done(order);
    EXPECT_TRUE(ports_.done.empty());
    EXPECT_EQ(ports_.discarded, std::vector<TaskId>{id_of(1)});
    ASSERT_EQ(ports_.failed.size(), 1U);
    EXPECT_EQ(ports_.failed[0].error.code, ErrorCode::cancelled);
}

TEST_F(TaskDeskTest, ACancelledTaskThatFailsByItselfIsCancelledAllTheSame) {
    for (const ErrorCode code : {ErrorCode::no_face, ErrorCode::out_of_memory, ErrorCode::disk_full}) {
        ports_.failed.clear();
        queue(1);
        const HeldOrder order = run(1);
        EXPECT_TRUE(desk_.cancel(id_of(1)));
        report_failed(order, code);
        ASSERT_EQ(ports_.failed.size(), 1U) << error_name(code);
        EXPECT_EQ(ports_.failed[0].error.code, ErrorCode::cancelled);
        table_.erase(id_of(1));
    }
}

TEST_F(TaskDeskTest, FailsACancelledTaskWhoseWorkerDied) {
    queue(1);
    run(1);
    EXPECT_TRUE(desk_.cancel(id_of(1)));
    die({}, {id_of(1)}, 5);
    ASSERT_EQ(ports_.failed.size(), 1U);
    EXPECT_EQ(ports_.failed[0].error.code, ErrorCode::cancelled);
}

}  // namespace
}  // namespace hrn::supervisor
