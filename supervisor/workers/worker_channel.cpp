#include "supervisor/workers/worker_channel.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <system_error>
#include <utility>

namespace hrn::supervisor {
namespace {

struct OutputPipe {
    UniqueFd read_end, write_end;
};

// The worker's end blocks, so that a line of its log is never lost; ours does not. The two ends of a pipe
// have flags of their own, so the worker cannot change that.
OutputPipe make_output_pipe() {
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) {
        throw std::system_error(errno, std::generic_category(), "pipe2 (a worker's output)");
    }
    OutputPipe pipe{UniqueFd(ends[0]), UniqueFd(ends[1])};
    if (::fcntl(pipe.read_end.get(), F_SETFL, O_NONBLOCK) != 0) {
        throw std::system_error(errno, std::generic_category(), "fcntl(O_NONBLOCK) on a worker's output");
    }
    return pipe;
}

WorkerChannel::WorkerEnds make_worker_ends(const std::string& config_text) {
    WorkerChannel::WorkerEnds ends;
    ends.orders = make_segment_fd<OrdersSegment>("hrn-orders");
    ends.reports = make_segment_fd<ReportsSegment>("hrn-reports");
    ends.config = make_sealed_text_fd("hrn-config", config_text);
    return ends;
}

}  // namespace

WorkerChannel::WorkerChannel(std::uint64_t generation, const std::string& config_text)
    : generation_(generation),
      worker_ends_(make_worker_ends(config_text)),
      orders_segment_(create_orders(worker_ends_.orders.get(), generation)),
      reports_segment_(map_reports_for_reading(worker_ends_.reports.get())),
      orders_(orders_segment_->records.data(), kOrderCapacity, &orders_segment_->order_tail,
              &reports_segment_->order_head),
      reports_(reports_segment_->records.data(), kReportCapacity, &orders_segment_->report_head,
               &reports_segment_->report_tail) {
    WakePipe wake_pipe = WakePipe::make();
    to_worker_ = std::move(wake_pipe.write_end);
    worker_ends_.wake = std::move(wake_pipe.read_end);
    WakePipe notify_pipe = WakePipe::make();
    from_worker_ = std::move(notify_pipe.read_end);
    worker_ends_.notify = std::move(notify_pipe.write_end);
    OutputPipe output = make_output_pipe();
    output_ = std::move(output.read_end);
    worker_ends_.output = std::move(output.write_end);
}

RingStatus WorkerChannel::push(OrderKind kind, const TaskId& id, std::uint32_t attempt,
                               std::uint64_t image_bytes) {
    OrderRecord order;
    order.generation = generation_;
    order.id = id.bytes;
    order.attempt = attempt;
    order.kind = kind;
    order.sequence = order_sequence_ + 1;
    order.image_bytes = image_bytes;
    const RingStatus status = orders_.push(order);
    if (status == RingStatus::ok) {
        ++order_sequence_;
        unflushed_ = true;
    }
    return status;
}

// The records are read from this side's own segment, which nobody else can write.
std::vector<TaskId> WorkerChannel::untaken_tasks() {
    std::vector<TaskId> tasks;
    if (orders_.room_for(0) == RingStatus::corrupt) {
        return tasks;
    }
    for (std::uint64_t i = orders_.taken_seen(); i < orders_.pushed(); ++i) {
        const OrderRecord& order = orders_segment_->records[i & (kOrderCapacity - 1)];
        if (order.kind == OrderKind::task) {
            tasks.push_back(TaskId{order.id});
        }
    }
    return tasks;
}

void WorkerChannel::flush() {
    if (unflushed_) {
        unflushed_ = false;
        // Nobody there to read it: the pidfd tells about the death.
        static_cast<void>(wake(to_worker_.get()));
    }
}

WorkerChannel::Attachment WorkerChannel::attach(std::string& error) {
    const std::string state = check_reports_header(reports_segment_->header, generation_);
    if (state.empty()) {
        return Attachment::attached;
    }
    if (state == "not ready") {
        return Attachment::not_yet;
    }
    error = "its report segment's header is wrong: " + state;
    return Attachment::wrong;
}

WorkerChannel::Poll WorkerChannel::poll(const ReportHandler& report, std::string& error) {
    for (int i = 0; i < kReportsPerLook; ++i) {
        ReportRecord record;
        const RingStatus status = reports_.peek(record);
        if (status == RingStatus::empty) {
            return Poll::empty;
        }
        if (status == RingStatus::corrupt) {
            error = "the index of its report ring is impossible";
            return Poll::error;
        }
        if (std::string wrong = validate_report(record, generation_, report_sequence_ + 1); !wrong.empty()) {
            error = "it reported nonsense: " + wrong;
            return Poll::error;
        }
        ++report_sequence_;
        // Acted on first, freed then: the worker may write the slot again only afterwards.
        error = report(record);
        reports_.release();
        if (!error.empty()) {
            return Poll::error;
        }
    }
    return Poll::more;
}

}  // namespace hrn::supervisor
