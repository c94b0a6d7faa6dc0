// Segments: sealed as design.md 6 says, the version last, everything wrong refused by name.
#include "shared/segment.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <fstream>
#include <functional>
#include <stdexcept>
#include <system_error>

namespace hrn {
namespace {

constexpr std::uint64_t kGeneration = 0xABCDEF0123456789;

// The descriptor as a worker inherits it.
UniqueFd duplicate(const UniqueFd& fd) {
    return UniqueFd(::fcntl(fd.get(), F_DUPFD_CLOEXEC, 0));
}

std::string message_of(const std::function<void()>& call) {
    try {
        call();
    } catch (const std::runtime_error& error) {
        return error.what();
    }
    return "nothing was thrown";
}

class SegmentOrders : public testing::Test {
protected:
    UniqueFd fd_ = make_segment_fd<OrdersSegment>("hrn-orders");
    SegmentMapping<OrdersSegment> mapping_ = create_orders(fd_.get(), kGeneration);
};

TEST_F(SegmentOrders, CannotBeMappedForWritingByTheWorker) {
    const UniqueFd worker = duplicate(fd_);
    void* address =
        ::mmap(nullptr, sizeof(OrdersSegment), PROT_READ | PROT_WRITE, MAP_SHARED, worker.get(), 0);
    EXPECT_EQ(address, MAP_FAILED);
    EXPECT_EQ(errno, EPERM);
}

TEST_F(SegmentOrders, CannotBeMadeWritableAfterMappingForReading) {
    const auto reading = map_orders_for_reading(fd_.get(), kGeneration);
    auto* page = const_cast<OrdersSegment*>(reading.get());
    EXPECT_EQ(::mprotect(page, sizeof(OrdersSegment), PROT_READ | PROT_WRITE), -1);
    EXPECT_EQ(errno, EACCES);
}

TEST_F(SegmentOrders, CannotBeWrittenThroughTheDescriptor) {
    EXPECT_EQ(::pwrite(fd_.get(), "x", 1, 0), -1);
    EXPECT_EQ(errno, EPERM);
}

TEST_F(SegmentOrders, CannotBeWrittenThroughAFreshOpen) {
    const UniqueFd again(::open(("/proc/self/fd/" + std::to_string(fd_.get())).c_str(), O_RDWR | O_CLOEXEC));
    ASSERT_TRUE(again);
    EXPECT_EQ(::mmap(nullptr, 4096, PROT_WRITE, MAP_SHARED, again.get(), 0), MAP_FAILED);
}

TEST_F(SegmentOrders, CannotShrinkOrGrow) {
    EXPECT_EQ(::ftruncate(fd_.get(), 4096), -1);
    EXPECT_EQ(errno, EPERM);
    EXPECT_EQ(::ftruncate(fd_.get(), 2 * sizeof(OrdersSegment)), -1);
    EXPECT_EQ(errno, EPERM);
}

TEST_F(SegmentOrders, CannotBeSealedFurtherByTheWorker) {
    EXPECT_EQ(::fcntl(fd_.get(), F_ADD_SEALS, F_SEAL_WRITE), -1);
    EXPECT_EQ(errno, EPERM);
}

TEST_F(SegmentOrders, StayWritableForTheSupervisorAndReachTheWorker) {
    const auto worker = map_orders_for_reading(fd_.get(), kGeneration);
    RingProducer<OrderRecord> producer(mapping_->records.data(), kOrderCapacity, &mapping_->order_tail,
                                       &mapping_->report_head);
    OrderRecord order;
    order.kind = OrderKind::drain;
    ASSERT_EQ(producer.push(order), RingStatus::ok);
    EXPECT_EQ(worker->order_tail.value, 1U);
    EXPECT_EQ(worker->records[0].kind, OrderKind::drain);
}

TEST_F(SegmentOrders, OfAnotherGenerationAreRefused) {
    EXPECT_EQ(message_of([&] { (void)map_orders_for_reading(fd_.get(), kGeneration + 1); }),
              "orders segment: segment of another generation");
}

TEST(SegmentUnsealed, AreRefusedByTheWorker) {
    const UniqueFd fd = make_segment_fd<OrdersSegment>("hrn-orders");
    EXPECT_EQ(message_of([&] { (void)map_orders_for_reading(fd.get(), kGeneration); }),
              "orders segment is not sealed as it must be");
}

TEST(SegmentOfAnotherSize, AreRefusedByTheWorker) {
    const UniqueFd fd = make_segment_fd<ReportsSegment>("hrn-orders");
    EXPECT_EQ(message_of([&] { (void)map_orders_for_reading(fd.get(), kGeneration); }),
              "orders segment has " + std::to_string(sizeof(ReportsSegment)) + " bytes, expected " +
                  std::to_string(sizeof(OrdersSegment)));
}

class SegmentReports : public testing::Test {
protected:
    UniqueFd fd_ = make_segment_fd<ReportsSegment>("hrn-reports");
    SegmentMapping<const ReportsSegment> supervisor_ = map_reports_for_reading(fd_.get());
};

TEST_F(SegmentReports, AreNotReadyBeforeTheWorkerWroteTheHeader) {
    EXPECT_EQ(check_reports_header(supervisor_->header, kGeneration), "not ready");
}

TEST_F(SegmentReports, AreRightOnceTheWorkerMadeThem) {
    const auto worker = create_reports(fd_.get(), kGeneration);
    EXPECT_EQ(check_reports_header(supervisor_->header, kGeneration), "");
}

TEST_F(SegmentReports, CannotShrinkSoThatTheSupervisorDiesOfSigbus) {
    EXPECT_EQ(::ftruncate(fd_.get(), 0), -1);
    EXPECT_EQ(errno, EPERM);
    EXPECT_EQ(::fallocate(fd_.get(), FALLOC_FL_COLLAPSE_RANGE, 0, 4096), -1);
}

TEST_F(SegmentReports, AreAllocatedFromTheStart) {
    struct stat status {};
    ASSERT_EQ(::fstat(fd_.get(), &status), 0);
    EXPECT_GE(static_cast<std::size_t>(status.st_blocks) * 512, sizeof(ReportsSegment));
}

TEST_F(SegmentReports, AreMappedReadOnlyByTheSupervisor) {
    std::ifstream maps("/proc/self/maps");
    char wanted[32];
    std::snprintf(wanted, sizeof(wanted), "%lx-", reinterpret_cast<unsigned long>(supervisor_.get()));
    std::string line;
    bool found = false;
    while (std::getline(maps, line)) {
        if (line.starts_with(wanted)) {
            found = true;
            EXPECT_NE(line.find(" r--s "), std::string::npos) << line;
        }
    }
    EXPECT_TRUE(found);
}

TEST_F(SegmentReports, WithAnotherVersionMagicOrLayoutAreAProtocolError) {
    const auto worker = create_reports(fd_.get(), kGeneration);
    const SegmentHeader right = worker->header;
    const auto check_with = [&](auto change) {
        worker->header = right;
        change(worker->header);
        return check_reports_header(supervisor_->header, kGeneration);
    };
    EXPECT_EQ(check_with([](SegmentHeader& h) { h.version = 9; }),
              "segment version 9, this program speaks 1");
    EXPECT_EQ(check_with([](SegmentHeader& h) { h.magic = kOrdersMagic; }),
              "wrong magic number in a segment");
    EXPECT_EQ(check_with([](SegmentHeader& h) { ++h.generation; }), "segment of another generation");
    const std::string layout = "segment of another layout: supervisor and worker are not of the same build";
    EXPECT_EQ(check_with([](SegmentHeader& h) { h.record_size = 64; }), layout);
    EXPECT_EQ(check_with([](SegmentHeader& h) { h.record_capacity = 1; }), layout);
    EXPECT_EQ(check_with([](SegmentHeader& h) { h.slot_size = 1; }), layout);
    EXPECT_EQ(check_with([](SegmentHeader& h) { h.slot_capacity = 1; }), layout);
    EXPECT_EQ(check_with([](SegmentHeader& h) { h.segment_size = 1; }), layout);
    EXPECT_EQ(check_with([](SegmentHeader&) {}), "");
}

TEST(SealedText, ComesBackAsItWas) {
    const std::string text(100'000, 'x');
    const UniqueFd fd = make_sealed_text_fd("hrn-config", text);
    EXPECT_EQ(read_sealed_text_fd(fd.get()), text);
    EXPECT_EQ(read_sealed_text_fd(fd.get()), text) << "reading does not move anything";
}

TEST(SealedText, MayBeEmpty) {
    EXPECT_EQ(read_sealed_text_fd(make_sealed_text_fd("hrn-config", "").get()), "");
}

TEST(SealedText, CannotBeChanged) {
    const UniqueFd fd = make_sealed_text_fd("hrn-config", "text");
    EXPECT_EQ(::pwrite(fd.get(), "x", 1, 0), -1);
    EXPECT_EQ(::ftruncate(fd.get(), 0), -1);
    EXPECT_EQ(::mmap(nullptr, 4, PROT_READ | PROT_WRITE, MAP_SHARED, fd.get(), 0), MAP_FAILED);
}

TEST(SealedText, ThatIsNotSealedIsRefused) {
    const UniqueFd fd = make_segment_fd<OrdersSegment>("hrn-config");
    EXPECT_EQ(message_of([&] { (void)read_sealed_text_fd(fd.get()); }),
              "the configuration's memfd is not sealed");
}

TEST(Segments, AreClosedOnExec) {
    EXPECT_NE(::fcntl(make_segment_fd<OrdersSegment>("hrn-orders").get(), F_GETFD) & FD_CLOEXEC, 0);
    EXPECT_NE(::fcntl(make_sealed_text_fd("hrn-config", "x").get(), F_GETFD) & FD_CLOEXEC, 0);
}

TEST(SegmentMapping, CanBeMoved) {
    const UniqueFd fd = make_segment_fd<OrdersSegment>("hrn-orders");
    SegmentMapping<OrdersSegment> first = create_orders(fd.get(), kGeneration);
    OrdersSegment* address = first.get();
    SegmentMapping<OrdersSegment> second = std::move(first);
    EXPECT_FALSE(first);  // NOLINT(bugprone-use-after-move): that is the point
    EXPECT_EQ(second.get(), address);
    second = SegmentMapping<OrdersSegment>();
    EXPECT_FALSE(second);
}

}  // namespace
}  // namespace hrn
