// The two shared-memory segments between the supervisor and one worker (design.md 6): their layout, and
// making, sealing and mapping them. One writer each:
//
//   orders   written by the supervisor: the order ring and its index, and the index of the report ring's
//            consumer. Sealed with F_SEAL_FUTURE_WRITE, so the worker can only map it for reading.
//   reports  written by the worker: the report ring and its index, the order ring's consumer index, in-flight
//            slots, progress counters, the last words of a dying thread. The supervisor maps it PROT_READ.
//
// Both are memfds: nothing lies in /dev/shm, and both vanish with the last process that holds them. A worker
// start gets fresh ones. Sizes are sealed (SHRINK, GROW) and the pages allocated up front, so neither side
// can be killed by SIGBUS through the other.
//
// The header's version word is stored last (release) and checked first (acquire): whoever sees the version
// sees a complete header. Everything in `reports` is hostile to the supervisor: load it once, check the
// range, then use the copy (SegmentReader in slots.hpp does).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "shared/records.hpp"
#include "shared/ring.hpp"
#include "shared/unique_fd.hpp"

namespace boost::interprocess {
class mapped_region;
}

namespace hrn {

inline constexpr std::uint64_t kOrderCapacity = 256;  // at least as many as in-flight slots
inline constexpr std::uint64_t kReportCapacity =
    256;                                  // a worker holding kMaxInFlight tasks never finds it full
inline constexpr int kMaxInFlight = 256;  // tasks that a worker holds, orders not yet taken included
inline constexpr int kMaxThreads = 64;    // of a worker, that take part in stages
inline constexpr std::uint32_t kSegmentVersion = 1;
inline constexpr std::uint64_t kOrdersMagic = 0x31535244'524E5248;   // "HRNRDRS1"
inline constexpr std::uint64_t kReportsMagic = 0x31535054'524E5248;  // "HRNRPTS1"

struct alignas(128) SegmentHeader {
    std::uint64_t magic = 0;
    std::uint64_t version = 0;  // kSegmentVersion; stored last, checked first
    std::uint64_t generation = 0;
    std::uint32_t record_size = 0;
    std::uint32_t record_capacity = 0;
    std::uint32_t slot_size = 0;
    std::uint32_t slot_capacity = 0;
    std::uint64_t segment_size = 0;
    std::array<std::uint8_t, 80> padding{};
};
static_assert(sizeof(SegmentHeader) == 128 && std::is_trivially_copyable_v<SegmentHeader>);

// A task that the worker holds. Written by the worker only, in this order: pop = fill the slot, then release
// the consumer index; end = publish the report, then clear the slot. So at every instant a task held by the
// worker is in the ring, in a slot, or in a report — after a death possibly in two of them, never in none.
struct alignas(64) InFlightSlot {
    // Packed SlotState (slots.hpp): occupied, stage, presence, thread. 0: free. Every change is one store.
    std::uint64_t state = 0;
    std::array<std::uint8_t, 16> id{};
    std::uint32_t attempt = 0;
    std::uint32_t reserved = 0;
    std::array<std::uint8_t, 32> padding{};
};
static_assert(sizeof(InFlightSlot) == 64 && std::is_trivially_copyable_v<InFlightSlot>);

// One per stage thread. The supervisor times it by its own clock: progress that stays equal while `stage` is
// not none is a hang.
struct alignas(64) ThreadProgress {
    std::uint64_t progress = 0;  // grows with every step; the value means nothing
    std::uint64_t stage = 0;     // Stage, what this thread is doing now
    std::uint64_t busy_nanoseconds = 0;
    std::uint64_t thread_id = 0;  // gettid(), 0: unused entry
    std::array<std::uint8_t, 32> padding{};
};
static_assert(sizeof(ThreadProgress) == 64);

// Written by the fatal-signal handler (async-signal-safe: plain stores), `signal` last.
struct alignas(64) LastWords {
    std::uint64_t signal = 0;  // 0: none
    std::uint64_t address = 0;
    std::uint64_t thread_id = 0;
    std::uint64_t thread_index = 0;  // into threads[], kMaxThreads if none of them
    std::array<std::uint8_t, 32> padding{};
};
static_assert(sizeof(LastWords) == 64);

// What a worker counts about itself, for `hrn-ctl workers` and stats.
struct alignas(64) WorkerCounters {
    std::uint64_t images = 0;
    std::uint64_t batches = 0;
    std::uint64_t device_busy_nanoseconds = 0;
    std::uint64_t rss_bytes = 0;
    std::uint64_t device_bytes = 0;  // device memory in use by this process, 0 if unknown
    std::array<std::uint8_t, 24> padding{};
};
static_assert(sizeof(WorkerCounters) == 64);

struct OrdersSegment {
    SegmentHeader header;
    RingIndex order_tail;   // producer index of the order ring
    RingIndex report_head;  // consumer index of the report ring
    std::array<OrderRecord, kOrderCapacity> records;
};
static_assert(std::is_trivially_copyable_v<OrdersSegment>);
static_assert(offsetof(OrdersSegment, order_tail) == 128 && offsetof(OrdersSegment, records) == 384);

struct ReportsSegment {
    SegmentHeader header;
    RingIndex report_tail;  // producer index of the report ring
    RingIndex order_head;   // consumer index of the order ring
    std::array<InFlightSlot, kMaxInFlight> slots;
    std::array<ThreadProgress, kMaxThreads> threads;
    LastWords last_words;
    WorkerCounters counters;
    std::array<ReportRecord, kReportCapacity> records;
};
static_assert(std::is_trivially_copyable_v<ReportsSegment>);
static_assert(offsetof(ReportsSegment, slots) == 384);

// A mapping of one of the segments; move-only, unmaps itself.
template <typename Segment>
class SegmentMapping {
public:
    SegmentMapping();
    SegmentMapping(std::unique_ptr<boost::interprocess::mapped_region> region, Segment* segment);
    SegmentMapping(SegmentMapping&&) noexcept;
    SegmentMapping& operator=(SegmentMapping&&) noexcept;
    ~SegmentMapping();
    [[nodiscard]] Segment* get() const { return segment_; }
    [[nodiscard]] Segment* operator->() const { return segment_; }
    [[nodiscard]] explicit operator bool() const { return segment_ != nullptr; }

private:
    std::unique_ptr<boost::interprocess::mapped_region> region_;
    Segment* segment_ = nullptr;
};

// --- the supervisor's side: before a worker starts --------------------------------------------------
// All throw std::system_error naming the call.

// A memfd of sizeof(Segment), allocated, SHRINK|GROW sealed, close-on-exec.
template <typename Segment>
[[nodiscard]] UniqueFd make_segment_fd(const char* name);
// Maps the orders segment for writing, writes its header, then seals it with F_SEAL_FUTURE_WRITE|F_SEAL_SEAL.
[[nodiscard]] SegmentMapping<OrdersSegment> create_orders(int fd, std::uint64_t generation);
// Maps the reports segment PROT_READ. The worker writes the header later.
[[nodiscard]] SegmentMapping<const ReportsSegment> map_reports_for_reading(int fd);
// A sealed, read-only memfd holding `text` (the effective configuration).
[[nodiscard]] UniqueFd make_sealed_text_fd(const char* name, const std::string& text);

// --- the worker's side --------------------------------------------------------------------------------
// Checks size, seals and header; throws std::runtime_error saying which is wrong.
[[nodiscard]] SegmentMapping<const OrdersSegment> map_orders_for_reading(int fd, std::uint64_t generation);
[[nodiscard]] SegmentMapping<ReportsSegment> create_reports(int fd, std::uint64_t generation);
[[nodiscard]] std::string read_sealed_text_fd(int fd);

// Empty: the header is complete and right. "not ready": no version yet. Anything else: a protocol error.
[[nodiscard]] std::string check_reports_header(const SegmentHeader& header, std::uint64_t generation);

}  // namespace hrn
