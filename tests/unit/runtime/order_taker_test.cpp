#include "worker/runtime/order_taker.hpp"

#include <gtest/gtest.h>

#include "tests/unit/runtime/fake_supervisor.hpp"
#include "worker/runtime/report_publisher.hpp"

namespace hrn::runtime {
namespace {

class OrderTakerTest : public ::testing::Test {
protected:
    OrderRecord record(std::uint64_t sequence) {
        OrderRecord order;
        order.generation = test::FakeSupervisor::kGeneration;
        order.id = TaskId::generate().bytes;
        order.attempt = 1;
        order.kind = OrderKind::task;
        order.sequence = sequence;
        return order;
    }

    test::FakeSupervisor supervisor;
    SegmentMapping<ReportsSegment> reports =
        create_reports(supervisor.reports_fd.get(), test::FakeSupervisor::kGeneration);
    OrderTaker taker{supervisor.orders(), *reports.get(), test::FakeSupervisor::kGeneration};
    TakenOrder order;
};

TEST_F(OrderTakerTest, WritesTheSlotOfEachTaskThatItTakes) {
    const TaskId first = TaskId::generate();
    const TaskId second = TaskId::generate();
    supervisor.order(first, 1, 10);
    supervisor.order(second, 3, 20);
    ASSERT_EQ(taker.next(order), OrderTaker::Answer::task);
    EXPECT_EQ(order.id, first);
    EXPECT_EQ(order.image_bytes, 10U);
    ASSERT_EQ(taker.next(order), OrderTaker::Answer::task);
    EXPECT_EQ(order.id, second);
    EXPECT_EQ(order.attempt, 3U);
    const SegmentView view = supervisor.view();
    ASSERT_EQ(view.held.size(), 2U);
    EXPECT_EQ(view.held[1].id, second);
    EXPECT_EQ(view.held[1].attempt, 3U);
    EXPECT_EQ(view.held[1].state.stage, Stage::none);
    EXPECT_EQ(view.held[1].state.presence, Presence::waiting);
    EXPECT_EQ(supervisor.orders_not_taken(), 0U);
}

TEST_F(OrderTakerTest, SaysWhenTheRingIsEmpty) {
    EXPECT_EQ(taker.next(order), OrderTaker::Answer::empty);
}

TEST_F(OrderTakerTest, TakesADrainOrderWithoutASlot) {
    supervisor.order_drain();
    EXPECT_EQ(taker.next(order), OrderTaker::Answer::drain);
    EXPECT_TRUE(supervisor.view().held.empty());
    EXPECT_EQ(supervisor.orders_not_taken(), 0U);
}

TEST_F(OrderTakerTest, LeavesAnOrderInTheRingWhileEverySlotIsOccupied) {
    SlotWriter slots(reports.get());
    for (int i = 0; i < kMaxInFlight; ++i) {
        ASSERT_TRUE(slots.occupy(TaskId::generate(), 1));
    }
    const TaskId id = TaskId::generate();
    supervisor.order(id);
    EXPECT_EQ(taker.next(order), OrderTaker::Answer::no_slot);
    EXPECT_EQ(supervisor.orders_not_taken(), 1U);
    slots.clear(17);
    ASSERT_EQ(taker.next(order), OrderTaker::Answer::task);
    EXPECT_EQ(order.id, id);
    EXPECT_EQ(order.slot, 17);
}

TEST_F(OrderTakerTest, RefusesAnOrderOfAnotherGeneration) {
    OrderRecord other = record(1);
    other.generation = 7;
    supervisor.push(other);
    EXPECT_THROW(static_cast<void>(taker.next(order)), ProtocolError);
    EXPECT_TRUE(supervisor.view().held.empty());
}

TEST_F(OrderTakerTest, RefusesAGapInTheSequence) {
    supervisor.push(record(2));
    EXPECT_THROW(static_cast<void>(taker.next(order)), ProtocolError);
}

TEST_F(OrderTakerTest, RefusesAnOrderOfNoKnownKind) {
    OrderRecord strange = record(1);
    strange.kind = static_cast<OrderKind>(9);
    supervisor.push(strange);
    EXPECT_THROW(static_cast<void>(taker.next(order)), ProtocolError);
}

TEST_F(OrderTakerTest, RefusesAnIndexThatClaimsMoreThanTheRingHolds) {
    supervisor.orders().order_tail.value = kOrderCapacity + 1;
    EXPECT_THROW(static_cast<void>(taker.next(order)), ProtocolError);
}

}  // namespace
}  // namespace hrn::runtime
