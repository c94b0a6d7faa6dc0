#include "worker/runtime/report_publisher.hpp"

#include <chrono>
#include <thread>

#include "shared/wake_pipe.hpp"

namespace hrn::runtime {

ReportPublisher::ReportPublisher(ReportsSegment& reports, const OrdersSegment& orders,
                                 std::uint64_t generation, int notify_fd)
    : ring_(reports.records.data(), kReportCapacity, &reports.report_tail, &orders.report_head),
      generation_(generation),
      notify_fd_(notify_fd) {}

void ReportPublisher::publish(const ReportRecord& content) {
    const std::lock_guard lock(mutex_);
    ReportRecord record = content;
    record.generation = generation_;
    record.sequence = ++sequence_;
    for (;;) {
        const RingStatus status = ring_.push(record);
        if (status == RingStatus::ok) {
            break;
        }
        if (status == RingStatus::corrupt) {
            throw ProtocolError("the supervisor's index of the report ring makes no sense");
        }
        // Full: more reports than tasks can be held, so the supervisor is far behind. It looks at the ring at
        // every tick; waiting here holds the stages up, which is what should happen.
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    if (!wake(notify_fd_)) {
        throw SupervisorGone("the supervisor has closed its end of the report pipe");
    }
}

ReportRecord ready_record(std::string_view json) {
    ReportRecord record;
    record.kind = ReportKind::ready;
    record.output_bytes.fill(kNoSuchOutput);
    set_text(record, json);
    return record;
}

ReportRecord waiting_record(std::string_view why) {
    ReportRecord record;
    record.kind = ReportKind::waiting;
    record.output_bytes.fill(kNoSuchOutput);
    set_text(record, why);
    return record;
}

ReportRecord fatal_record(ErrorCode code, std::string_view why) {
    ReportRecord record;
    record.kind = ReportKind::fatal;
    record.error = static_cast<std::uint16_t>(code);
    record.output_bytes.fill(kNoSuchOutput);
    set_text(record, why);
    return record;
}

}  // namespace hrn::runtime
