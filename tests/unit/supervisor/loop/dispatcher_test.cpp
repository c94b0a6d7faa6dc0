#include "supervisor/loop/dispatcher.hpp"

#include <gtest/gtest.h>

namespace hrn::supervisor {
namespace {

using std::chrono::seconds;

class FakeWorker final : public WorkerPort {
public:
    FakeWorker(int index, std::size_t capacity) : index_(index), capacity_(capacity) {}
    int index() const override { return index_; }
    bool will_serve() const override { return serving; }
    std::size_t batch_size() const override { return 1; }
    std::span<const HeldOrder> held_orders() const override { return orders; }
    TimePoint computing_since() const override { return TimePoint{}; }
    bool take_back(const TaskId& id, TimePoint) override {
        asked_back.push_back(id.bytes[15]);
        return true;
    }
    std::size_t room() const override { return serving ? capacity_ - given.size() : 0; }
    std::size_t held_count() const override { return given.size(); }
    bool give(const TaskId& id, std::uint32_t attempt, std::uint64_t, bool solo, TimePoint) override {
        if (refuses) {
            return false;
        }
        given.push_back(id.bytes[15]);
        orders.push_back({id, attempt, solo, TimePoint{}});
        last_attempt = attempt;
        last_solo = solo;
        return true;
    }
    void flush() override { ++flushes; }

    bool serving = true, refuses = false, last_solo = false;
    std::uint32_t last_attempt = 0;
    std::vector<int> given, asked_back;
    std::vector<HeldOrder> orders;
    int flushes = 0;

private:
    int index_;
    std::size_t capacity_;
};

class DispatcherTest : public testing::Test {
protected:
    DispatcherTest() {
        gate_.set_recovered();
        dispatcher_.set_workers({&first_, &second_});
    }
    void add(int number, bool suspect = false, bool held = false) {
        QueuedTask task;
        task.id.bytes[15] = static_cast<std::uint8_t>(number);
        task.order = number;
        task.held = held;
        table_.add(task, suspect);
    }
    static TaskId id_of(int number) {
        TaskId id;
        id.bytes[15] = static_cast<std::uint8_t>(number);
        return id;
    }
    void run() { dispatcher_.run(now_); }
    using Given = std::vector<int>;

    TaskTable table_;
    DispatchGate gate_;
    std::vector<int> committed_, started_;
    FakeWorker first_{0, 2}, second_{1, 2};
    CostBook costs_;
    Dispatcher dispatcher_{table_, costs_, gate_,
                           [this](TaskEntry& entry) { committed_.push_back(entry.task.id.bytes[15]); },
                           [this](const TaskEntry& entry) { started_.push_back(entry.task.id.bytes[15]); }};
    TimePoint now_{seconds(1000)};
};

TEST_F(DispatcherTest, SharesTasksBetweenTheWorkersInTheirOrder) {
    for (int number = 1; number <= 6; ++number) {
        add(number);
    }
    run();
    EXPECT_EQ(first_.given, (Given{1, 3}));
    EXPECT_EQ(second_.given, (Given{2, 4}));
    EXPECT_EQ(started_, (Given{1, 2, 3, 4}));
    EXPECT_EQ(table_.queued(), 2U);
}

TEST_F(DispatcherTest, WakesEachWorkerOncePerRound) {
    add(1);
    add(2);
    add(3);
    run();
    EXPECT_EQ(first_.flushes, 1);
}

TEST_F(DispatcherTest, GivesTheNextTaskToTheWorkerThatHoldsLeast) {
    first_.given = {9};
    add(1);
    run();
    EXPECT_EQ(second_.given, Given{1});
}

TEST_F(DispatcherTest, LeavesAWorkerAloneThatRefuses) {
    first_.refuses = true;
    add(1);
    add(2);
    add(3);
    run();
    EXPECT_EQ(second_.given, (Given{1, 2}));
    EXPECT_EQ(table_.queued(), 1U);
}

TEST_F(DispatcherTest, GivesNothingBeforeRecoveryOrWhilePausedOrStopping) {
    add(1);
    gate_.set_paused(true);
    run();
    EXPECT_TRUE(started_.empty());
    gate_.set_paused(false);
    gate_.set_storage_trouble(true);
    run();
    EXPECT_TRUE(started_.empty());
    gate_.set_storage_trouble(false);
    run();
    EXPECT_EQ(started_, Given{1});
    add(2);
    gate_.set_stopping();
    run();
    EXPECT_EQ(started_, Given{1});
}

TEST_F(DispatcherTest, SkipsHeldTasks) {
    add(1, false, true);
    add(2);
    run();
    EXPECT_EQ(started_, Given{2});
}

TEST_F(DispatcherTest, CommitsASuspectsAttemptBeforeItRunsAlone) {
    add(1, true);
    run();
    EXPECT_EQ(committed_, Given{1});
    EXPECT_TRUE(started_.empty());
    dispatcher_.attempt_committed(id_of(1), now_);
    EXPECT_EQ(first_.given, Given{1});
    EXPECT_TRUE(first_.last_solo);
}

TEST_F(DispatcherTest, GivesNothingElseToTheWorkerOfASuspectWhileTheOthersGoOn) {
    add(1, true);
    add(2);
    add(3);
    add(4);
    run();
    dispatcher_.attempt_committed(id_of(1), now_);
    run();
    EXPECT_EQ(first_.given, Given{1});
    EXPECT_EQ(second_.given, (Given{2, 3}));
}

TEST_F(DispatcherTest, RunsOneSuspectAtATime) {
    add(1, true);
    add(2, true);
    run();
    dispatcher_.attempt_committed(id_of(1), now_);
    run();
    EXPECT_EQ(committed_, Given{1});
    table_.start_finishing(*table_.find(id_of(1)));
    table_.erase(id_of(1));
    first_.given.clear();
    run();
    EXPECT_EQ(committed_, (Given{1, 2}));
}

TEST_F(DispatcherTest, WaitsUntilAWorkerIsEmptyBeforeASuspectRuns) {
    first_.given = {8};
    second_.given = {9, 10};
    add(1, true);
    run();
    EXPECT_TRUE(committed_.empty());
    EXPECT_EQ(dispatcher_.reserved(), 0);
    first_.given.clear();
    run();
    EXPECT_EQ(committed_, Given{1});
}

TEST_F(DispatcherTest, FreesTheReservedWorkerOnceNoSuspectIsLeft) {
    add(1, true);
    run();
    dispatcher_.attempt_committed(id_of(1), now_);
    table_.erase(id_of(1));
    first_.given.clear();
    add(2);
    add(3);
    run();
    EXPECT_EQ(dispatcher_.reserved(), -1);
    EXPECT_EQ(first_.given.size() + second_.given.size(), 2U);
}

TEST_F(DispatcherTest, TakesAnotherWorkerForSuspectsWhenTheReservedOneDies) {
    add(1, true);
    run();
    first_.serving = false;
    dispatcher_.attempt_committed(id_of(1), now_);
    EXPECT_TRUE(started_.empty());
    run();
    EXPECT_EQ(dispatcher_.reserved(), 1);
    dispatcher_.attempt_committed(id_of(1), now_);
    EXPECT_EQ(second_.given, Given{1});
}

TEST_F(DispatcherTest, TriesOneTaskAtATimeWhileTheMachineIsInTrouble) {
    add(1);
    add(2);
    gate_.trouble(now_);
    run();
    EXPECT_TRUE(started_.empty());
    dispatcher_.run(now_ + DispatchGate::kFirstTrial);
    EXPECT_EQ(started_, Given{1});
    dispatcher_.run(now_ + DispatchGate::kFirstTrial * 2);
    EXPECT_EQ(started_, Given{1});
    gate_.trouble_over();
    run();
    EXPECT_EQ(started_, (Given{1, 2}));
}

TEST_F(DispatcherTest, TriesASuspectDuringTroubleWhenNothingElseIsThere) {
    add(1, true);
    gate_.trouble(now_);
    now_ += DispatchGate::kFirstTrial;
    run();
    dispatcher_.attempt_committed(id_of(1), now_);
    EXPECT_EQ(started_, Given{1});
}

TEST_F(DispatcherTest, AsksTasksBackOnlyWhenNothingElseIsLeftToGive) {
    first_.given = {8, 9};
    first_.orders = {{id_of(8), 1, false, now_}, {id_of(9), 1, false, now_}};
    add(1);
    run();
    EXPECT_EQ(second_.given, Given{1});
    EXPECT_TRUE(first_.asked_back.empty());
    second_.given.clear();
    second_.orders.clear();
    run();
    EXPECT_EQ(first_.asked_back, Given{9});
}

TEST_F(DispatcherTest, AsksNothingBackWhilePausedOrForAStaticPolicy) {
    first_.given = {8, 9};
    first_.orders = {{id_of(8), 1, false, now_}, {id_of(9), 1, false, now_}};
    gate_.set_paused(true);
    run();
    gate_.set_paused(false);
    dispatcher_.set_policy("static");
    run();
    EXPECT_TRUE(first_.asked_back.empty());
}

TEST(DispatchGate, TriesMoreAndMoreRarelyWhileTheTroubleLasts) {
    DispatchGate gate;
    gate.set_recovered();
    TimePoint now{seconds(10)};
    gate.trouble(now);
    EXPECT_EQ(gate.allowance(now + DispatchGate::kFirstTrial, 0), 1U);
    gate.trouble(now);
    EXPECT_EQ(gate.allowance(now + DispatchGate::kFirstTrial, 0), 0U);
    for (int i = 0; i < 20; ++i) {
        gate.trouble(now);
    }
    EXPECT_EQ(gate.allowance(now + DispatchGate::kLongestTrial, 0), 1U);
}

}  // namespace
}  // namespace hrn::supervisor
