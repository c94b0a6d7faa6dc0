// Publishing reports from any thread of a worker: one producer of the report ring, serialised by a mutex.
//
// Owned by run_worker(); publish() may be called by any thread. A full ring makes it wait: the supervisor
// takes reports whatever else it does. Throws ProtocolError when the supervisor's side of the ring makes no
// sense, SupervisorGone when nobody will read any more; both end the worker.
#pragma once

#include <cstdint>
#include <mutex>
#include <stdexcept>
#include <string_view>

#include "shared/records.hpp"
#include "shared/ring.hpp"
#include "shared/segment.hpp"
#include "worker/runtime/task_failure.hpp"

namespace hrn::runtime {

class ProtocolError : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

class SupervisorGone : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

class ReportPublisher {
public:
    // Both segments and the pipe outlive this object.
    ReportPublisher(ReportsSegment& reports, const OrdersSegment& orders, std::uint64_t generation,
                    int notify_fd);

    // Fills in generation and sequence, pushes, wakes the supervisor.
    void publish(const ReportRecord& content);

private:
    std::mutex mutex_;
    RingProducer<ReportRecord> ring_;
    const std::uint64_t generation_;
    const int notify_fd_;
    std::uint64_t sequence_ = 0;
};

// Records of the kinds that speak of no task.
[[nodiscard]] ReportRecord ready_record(std::string_view json);
[[nodiscard]] ReportRecord waiting_record(std::string_view why);
[[nodiscard]] ReportRecord fatal_record(ErrorCode code, std::string_view why);

}  // namespace hrn::runtime
