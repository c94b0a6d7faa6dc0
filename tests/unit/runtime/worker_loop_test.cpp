#include "worker/runtime/worker_loop.hpp"

#include "tests/unit/runtime/running_worker.hpp"

namespace hrn::runtime {
namespace {

using WorkerLoopTest = test::WorkerTest;

ErrorCode error_of(const ReportRecord& record) {
    return static_cast<ErrorCode>(record.error);
}

TEST_F(WorkerLoopTest, FinishesWhatItHoldsWhenItIsDrained) {
    work.decode_gate.shut();
    start_and_wait_until_ready();
    for (int i = 0; i < 10; ++i) {
        order("good");
    }
    supervisor.order_drain();
    work.decode_gate.open();
    EXPECT_EQ(exit_status(), WorkerExit::ok);
    for (const ReportRecord& record : supervisor.next_reports(10)) {
        EXPECT_EQ(record.kind, ReportKind::done);
    }
    EXPECT_TRUE(supervisor.view().held.empty());
}

TEST_F(WorkerLoopTest, TakesNothingAfterADrainOrder) {
    start_and_wait_until_ready();
    supervisor.order_drain();
    order("good");
    EXPECT_EQ(exit_status(), WorkerExit::ok);
    EXPECT_EQ(supervisor.orders_not_taken(), 1U);
}

TEST_F(WorkerLoopTest, IsRecycledAfterSoManyTasksAndLeavesTheRestInTheRing) {
    start({.max_tasks = 3, .max_rss_bytes = 0});
    ASSERT_EQ(supervisor.next_report().kind, ReportKind::ready);
    std::vector<TaskId> ids;
    for (int i = 0; i < 5; ++i) {
        ids.push_back(order("good"));
    }
    EXPECT_EQ(exit_status(), WorkerExit::recycled);
    for (const ReportRecord& record : supervisor.next_reports(3)) {
        EXPECT_EQ(record.kind, ReportKind::done);
    }
    EXPECT_EQ(supervisor.orders_not_taken(), 2U);
    EXPECT_TRUE(supervisor.view().held.empty());
}

TEST_F(WorkerLoopTest, IsRecycledWhenItHasGrownTooLarge) {
    start({.max_tasks = 0, .max_rss_bytes = 1});
    EXPECT_EQ(exit_status(), WorkerExit::recycled);
}

TEST_F(WorkerLoopTest, GivesUpWhenTheDeviceIsLostButWritesWhatIsComputed) {
    work.batch_size = 2;
    work.write_gate.shut();
    start_and_wait_until_ready();
    const TaskId computed = order("good");
    ASSERT_TRUE(gets_to(computed, "in write"));
    const TaskId lost = order("lost");
    // An order that was not taken yet has no slot either: both must hold.
    EXPECT_TRUE(supervisor.eventually([&](const SegmentView& view) {
        return supervisor.orders_not_taken() == 0 && place_in(view, lost).empty();
    }));
    work.write_gate.open();
    EXPECT_EQ(exit_status(), WorkerExit::device_fatal);
    std::vector<ReportRecord> records = supervisor.next_reports(3);
    // Which of the two is told first is the threads' affair; the end of the worker comes last.
    if (records[0].id == computed.bytes) {
        std::swap(records[0], records[1]);
    }
    EXPECT_EQ(records[0].id, lost.bytes);
    EXPECT_EQ(error_of(records[0]), ErrorCode::device_error);
    EXPECT_EQ(records[1].id, computed.bytes);
    EXPECT_EQ(records[1].kind, ReportKind::done);
    EXPECT_EQ(records[2].kind, ReportKind::fatal);
    EXPECT_EQ(error_of(records[2]), ErrorCode::device_error);
    EXPECT_EQ(text_of(records[2]), "the device fell off the bus");
}

TEST_F(WorkerLoopTest, LeavesTasksThatOnlyWaitedInTheirSlotsWhenTheDeviceIsLost) {
    work.batch_size = 1;
    work.infer_gate.shut();
    start_and_wait_until_ready();
    const TaskId lost = order("lost");
    ASSERT_TRUE(gets_to(lost, "in infer"));
    const TaskId innocent = order("good");
    ASSERT_TRUE(gets_to(innocent, "waiting for infer"));
    work.infer_gate.open();
    EXPECT_EQ(exit_status(), WorkerExit::device_fatal);
    EXPECT_EQ(place_of(innocent), "waiting for infer");
    EXPECT_EQ(place_of(lost), "");
}

TEST_F(WorkerLoopTest, GivesUpWhenTheModelCannotBeLoaded) {
    work.on_load = [] {
        throw LoadFailed(WorkerExit::model, ErrorCode::model_missing, "/model/pytorch_model.pt is missing");
    };
    start();
    EXPECT_EQ(exit_status(), WorkerExit::model);
    const ReportRecord fatal = supervisor.next_report();
    EXPECT_EQ(fatal.kind, ReportKind::fatal);
    EXPECT_EQ(error_of(fatal), ErrorCode::model_missing);
    EXPECT_EQ(text_of(fatal), "/model/pytorch_model.pt is missing");
}

TEST_F(WorkerLoopTest, AsksForARestartWhenLoadingFailsForAnotherReason) {
    work.on_load = [] { throw std::bad_alloc(); };
    start();
    EXPECT_EQ(exit_status(), WorkerExit::device_fatal);
    EXPECT_EQ(error_of(supervisor.next_report()), ErrorCode::out_of_memory);
}

TEST_F(WorkerLoopTest, SaysWhyItWaitsBeforeLoading) {
    work.not_yet = 1;
    start();
    const ReportRecord waiting = supervisor.next_report();
    EXPECT_EQ(waiting.kind, ReportKind::waiting);
    EXPECT_EQ(text_of(waiting), "too little free memory");
    EXPECT_EQ(supervisor.next_report().kind, ReportKind::ready);
}

TEST_F(WorkerLoopTest, ShowsThatItIsLoading) {
    work.load_gate.shut();
    start();
    EXPECT_TRUE(supervisor.eventually([](const SegmentView& view) {
        return !view.threads.empty() && view.threads[0].stage == Stage::load;
    }));
    work.load_gate.open();
    EXPECT_EQ(supervisor.next_report().kind, ReportKind::ready);
    EXPECT_TRUE(
        supervisor.eventually([](const SegmentView& view) { return view.threads[0].stage == Stage::none; }));
}

TEST_F(WorkerLoopTest, GivesUpWhenAnOrderMakesNoSense) {
    start_and_wait_until_ready();
    OrderRecord strange;
    strange.generation = test::FakeSupervisor::kGeneration;
    strange.sequence = 99;
    supervisor.push(strange);
    EXPECT_EQ(exit_status(), WorkerExit::protocol);
    const ReportRecord fatal = supervisor.next_report();
    EXPECT_EQ(fatal.kind, ReportKind::fatal);
    EXPECT_EQ(error_of(fatal), ErrorCode::protocol_error);
}

TEST_F(WorkerLoopTest, EndsWhenTheSupervisorClosesItsPipe) {
    start_and_wait_until_ready();
    supervisor.wake.write_end.reset();
    EXPECT_EQ(exit_status(), WorkerExit::ok);
}

}  // namespace
}  // namespace hrn::runtime
