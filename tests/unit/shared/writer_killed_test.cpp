// A writer killed between any two of its stores (design.md 6). The child runs instruction by instruction and
// is killed after its n-th store to the segments, for every n; then the survivor reads.
#include <gtest/gtest.h>

#include <new>
#include <set>

#include "shared/slots.hpp"
#include "tests/unit/shared/stepped_child.hpp"

namespace hrn {
namespace {

using test::kill_at_every_store;
using test::SharedMemory;
using test::Watched;

struct World {
    OrdersSegment orders;
    ReportsSegment reports;
};

template <typename Object>
std::span<const std::byte> bytes_of(const Object& object) {
    return std::as_bytes(std::span(&object, 1));
}

class WriterKilled : public testing::Test {
protected:
    WriterKilled() : memory_(sizeof(World)), world_(*new (memory_.get()) World()) {}

    void reset() { new (memory_.get()) World(); }

    // Only the first record and slot are written in these tests, so only they are watched.
    [[nodiscard]] Watched watched() const {
        return {bytes_of(world_.orders.order_tail.value),   bytes_of(world_.orders.records[0]),
                bytes_of(world_.reports.report_tail.value), bytes_of(world_.reports.order_head.value),
                bytes_of(world_.reports.records[0]),        bytes_of(world_.reports.slots[0])};
    }

    RingProducer<OrderRecord> order_producer() {
        return {world_.orders.records.data(), kOrderCapacity, &world_.orders.order_tail,
                &world_.reports.order_head};
    }
    RingConsumer<OrderRecord> order_consumer() {
        return {world_.orders.records.data(), kOrderCapacity, &world_.reports.order_head,
                &world_.orders.order_tail};
    }
    RingProducer<ReportRecord> report_producer() {
        return {world_.reports.records.data(), kReportCapacity, &world_.reports.report_tail,
                &world_.orders.report_head};
    }
    RingConsumer<ReportRecord> report_consumer() {
        return {world_.reports.records.data(), kReportCapacity, &world_.orders.report_head,
                &world_.reports.report_tail};
    }

    static OrderRecord order(const TaskId& id) {
        OrderRecord record;
        record.generation = 0x1111111111111111;
        record.id = id.bytes;
        record.attempt = 0x22222222;
        record.kind = OrderKind::task;
        record.sequence = 0x3333333333333333;
        record.image_bytes = 0x4444444444444444;
        return record;
    }
    static ReportRecord report(const TaskId& id) {
        ReportRecord record;
        record.generation = 0x1111111111111111;
        record.id = id.bytes;
        record.attempt = 7;
        record.kind = ReportKind::done;
        record.sequence = 1;
        record.stage_microseconds.fill(0x55555555);
        record.output_bytes.fill(0x6666666666666666);
        set_text(record, std::string(270, 't'));
        return record;
    }

    SharedMemory memory_;
    World& world_;
    TaskId id_ = TaskId::generate();
};

TEST_F(WriterKilled, WithinAPushLeavesAWholeOrderOrNone) {
    std::set<RingStatus> seen;
    auto producer = order_producer();
    const OrderRecord wanted = order(id_);
    const int stores = kill_at_every_store(
        watched(), [&] { reset(); }, [&] { (void)producer.push(wanted); },
        [&](int n) {
            auto consumer = order_consumer();
            OrderRecord record;
            const RingStatus status = consumer.peek(record);
            seen.insert(status);
            if (status == RingStatus::ok) {
                EXPECT_EQ(std::memcmp(&record, &wanted, sizeof(record)), 0) << n;
            } else {
                EXPECT_EQ(status, RingStatus::empty) << n;
            }
        });
    EXPECT_GE(stores, 7);  // six words that are not zero, and the index
    EXPECT_EQ(seen, (std::set{RingStatus::ok, RingStatus::empty}));
}

TEST_F(WriterKilled, WithinAPushLeavesAWholeReportOrNone) {
    std::set<RingStatus> seen;
    auto producer = report_producer();
    const ReportRecord wanted = report(id_);
    const int stores = kill_at_every_store(
        watched(), [&] { reset(); }, [&] { (void)producer.push(wanted); },
        [&](int n) {
            auto consumer = report_consumer();
            ReportRecord record;
            const RingStatus status = consumer.peek(record);
            seen.insert(status);
            if (status == RingStatus::ok) {
                EXPECT_EQ(std::memcmp(&record, &wanted, sizeof(record)), 0) << n;
            } else {
                EXPECT_EQ(status, RingStatus::empty) << n;
            }
        });
    EXPECT_GE(stores, 50);
    EXPECT_EQ(seen, (std::set{RingStatus::ok, RingStatus::empty}));
}

// The whole life of a task in a worker: popped, worked on, reported. After the death, what the supervisor
// finds in ring, slot and report together must never be nothing.
TEST_F(WriterKilled, NeverLosesATaskBetweenRingSlotAndReport) {
    std::set<std::string> places_seen;
    int both_ring_and_slot = 0, both_slot_and_report = 0;
    auto give_order = [&] {
        reset();
        auto producer = order_producer();
        ASSERT_EQ(producer.push(order(id_)), RingStatus::ok);
    };
    auto consumer = order_consumer();
    auto reporter = report_producer();
    const ReportRecord done = report(id_);
    const int stores = kill_at_every_store(
        watched(), give_order,
        [&] {
            OrderRecord taken;
            SlotWriter slots(&world_.reports);
            (void)consumer.peek(taken);
            const auto slot = slots.occupy(TaskId{taken.id}, taken.attempt);
            consumer.release();
            slots.enter(*slot, Stage::decode, 3);
            slots.leave(*slot, Stage::infer);
            slots.enter(*slot, Stage::infer, 4);
            slots.leave(*slot, Stage::write);
            (void)reporter.push(done);
            slots.clear(*slot);
        },
        [&](int n) {
            const bool in_ring = ring_detail::load_acquire(world_.reports.order_head.value) == 0;
            auto reports = report_consumer();
            ReportRecord record;
            const bool reported = reports.peek(record) == RingStatus::ok;
            const SegmentView view = read_segment(world_.reports);
            EXPECT_EQ(view.garbled_slots, 0U) << n;
            for (const HeldTask& held : view.held) {
                EXPECT_EQ(held.id, id_) << n;
                EXPECT_EQ(held.attempt, 0x22222222U) << n;
                places_seen.emplace(presence_text(held.state.stage, held.state.presence));
            }
            const bool in_slot = !view.held.empty();
            EXPECT_TRUE(in_ring || in_slot || reported) << "after store " << n;
            both_ring_and_slot += in_ring && in_slot ? 1 : 0;
            both_slot_and_report += in_slot && reported ? 1 : 0;
        });
    EXPECT_GT(stores, 50);
    EXPECT_EQ(places_seen, (std::set<std::string>{"not begun", "in decode", "waiting for infer", "in infer",
                                                  "waiting for write"}));
    // The overlap is by design: both places, never neither.
    EXPECT_GE(both_ring_and_slot, 1);
    EXPECT_GE(both_slot_and_report, 1);
}

// A task that is asked back: popped, decoded, given back by a report. Killed anywhere, it is in the ring, in
// a slot that says it only waited, or in the report; so it is never lost, and nobody is blamed.
TEST_F(WriterKilled, NeverLosesATaskThatIsGivenBack) {
    std::set<std::string> places_seen;
    int reported_alone = 0;
    auto give_order = [&] {
        reset();
        auto producer = order_producer();
        ASSERT_EQ(producer.push(order(id_)), RingStatus::ok);
    };
    auto consumer = order_consumer();
    auto reporter = report_producer();
    ReportRecord returned = report(id_);
    returned.kind = ReportKind::returned;
    kill_at_every_store(
        watched(), give_order,
        [&] {
            OrderRecord taken;
            SlotWriter slots(&world_.reports);
            (void)consumer.peek(taken);
            const auto slot = slots.occupy(TaskId{taken.id}, taken.attempt);
            consumer.release();
            (void)reporter.push(returned);
            slots.clear(*slot);
        },
        [&](int n) {
            const bool in_ring = ring_detail::load_acquire(world_.reports.order_head.value) == 0;
            auto reports = report_consumer();
            ReportRecord record;
            const bool reported = reports.peek(record) == RingStatus::ok;
            const SegmentView view = read_segment(world_.reports);
            for (const HeldTask& held : view.held) {
                places_seen.emplace(presence_text(held.state.stage, held.state.presence));
            }
            EXPECT_TRUE(in_ring || !view.held.empty() || reported) << "after store " << n;
            reported_alone += !in_ring && view.held.empty() && reported ? 1 : 0;
        });
    EXPECT_EQ(places_seen, std::set<std::string>{"not begun"});
    EXPECT_GE(reported_alone, 1);
}

TEST_F(WriterKilled, WhileItMakesItsSegmentLeavesAHeaderThatIsNotReadyOrRight) {
    std::set<std::string> seen;
    UniqueFd fd = make_segment_fd<ReportsSegment>("hrn-test");
    const auto reader = map_reports_for_reading(fd.get());
    const int stores = kill_at_every_store(
        {bytes_of(reader->header)},
        [&] {
            const auto writer = create_reports(fd.get(), 5);
            writer->header = SegmentHeader{};
        },
        [&] { (void)create_reports(fd.get(), 5); },
        [&](int) { seen.insert(check_reports_header(reader->header, 5)); });
    EXPECT_EQ(stores, 8);
    EXPECT_EQ(seen, (std::set<std::string>{"", "not ready"}));
}

}  // namespace
}  // namespace hrn
