// What a worker does when the supervisor wants a task back (docs/design/scheduling.md): each place where the
// task may be.
#include "tests/unit/runtime/running_worker.hpp"

namespace hrn::runtime {
namespace {

class TakeBackTest : public test::WorkerTest {
protected:
    // One task in infer (held there by its gate), `more` behind it, all of batch size 1.
    std::vector<TaskId> fill(int more) {
        work.batch_size = 1;
        work.infer_gate.shut();
        start_and_wait_until_ready();
        std::vector<TaskId> ids{order("good")};
        EXPECT_TRUE(gets_to(ids[0], "in infer"));
        for (int i = 0; i < more; ++i) {
            ids.push_back(order("good"));
        }
        return ids;
    }
    ReportRecord expect_returned(const TaskId& id) {
        const ReportRecord record = supervisor.next_report();
        EXPECT_EQ(record.kind, ReportKind::returned);
        EXPECT_EQ(record.id, id.bytes);
        EXPECT_EQ(record.attempt, 1U);
        EXPECT_TRUE(
            supervisor.eventually([&](const SegmentView& view) { return place_in(view, id).empty(); }));
        return record;
    }
    // The remaining ones end as results.
    void expect_done(std::size_t count) {
        work.infer_gate.open();
        for (const ReportRecord& record : supervisor.next_reports(count)) {
            EXPECT_EQ(record.kind, ReportKind::done);
        }
    }
};

TEST_F(TakeBackTest, GivesBackATaskThatWaitsForDecode) {
    work.decode_gate.shut();
    start_and_wait_until_ready();
    const TaskId first = order("good"), second = order("good");
    ASSERT_TRUE(gets_to(first, "in decode"));
    supervisor.order_back(second);
    expect_returned(second);
    work.decode_gate.open();
    expect_done(1);
}

TEST_F(TakeBackTest, GivesBackATaskThatWaitsForInfer) {
    const std::vector<TaskId> ids = fill(1);
    ASSERT_TRUE(gets_to(ids[1], "waiting for infer"));
    supervisor.order_back(ids[1]);
    expect_returned(ids[1]);
    expect_done(1);
    EXPECT_FALSE(supervisor.result_exists(ids[1]));
}

TEST_F(TakeBackTest, KeepsATaskThatIsBeingComputed) {
    const std::vector<TaskId> ids = fill(0);
    supervisor.order_back(ids[0]);
    expect_done(1);
    EXPECT_TRUE(supervisor.result_exists(ids[0]));
}

TEST_F(TakeBackTest, GivesBackATaskThatADecodeThreadHasInHandWhenThatIsDone) {
    work.batch_size = 1;
    work.infer_gate.shut();
    start_and_wait_until_ready();
    const TaskId first = order("good");
    ASSERT_TRUE(gets_to(first, "in infer"));
    work.decode_gate.shut();
    const TaskId second = order("good");
    ASSERT_TRUE(gets_to(second, "in decode"));
    supervisor.order_back(second);
    ASSERT_TRUE(
        supervisor.eventually([&](const SegmentView&) { return supervisor.orders_not_taken() == 0; }));
    work.decode_gate.open();
    expect_returned(second);
    expect_done(1);
}

TEST_F(TakeBackTest, IgnoresTheWishForATaskThatHasEnded) {
    start_and_wait_until_ready();
    const TaskId id = order("good");
    EXPECT_EQ(supervisor.next_report().kind, ReportKind::done);
    supervisor.order_back(id);
    order("good");
    EXPECT_EQ(supervisor.next_report().kind, ReportKind::done);
}

TEST_F(TakeBackTest, ComputesATaskThatComesAgainAfterALateWish) {
    start_and_wait_until_ready();
    const TaskId id = order("good");
    EXPECT_EQ(supervisor.next_report().kind, ReportKind::done);
    supervisor.order_back(id);
    supervisor.order(id, 1, 4);  // the same attempt, as after a rescue elsewhere
    EXPECT_EQ(supervisor.next_report().kind, ReportKind::done);
}

TEST_F(TakeBackTest, FinishesTheRestWhenItIsDrainedAfterwards) {
    const std::vector<TaskId> ids = fill(2);
    supervisor.order_back(ids[2]);
    expect_returned(ids[2]);
    supervisor.order_drain();
    expect_done(2);
    EXPECT_EQ(exit_status(), WorkerExit::ok);
}

}  // namespace
}  // namespace hrn::runtime
