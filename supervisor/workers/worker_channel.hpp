// The supervisor's end of everything that connects it to one worker process (design.md 6): both segments,
// both rings, both wake-up pipes, the sealed configuration and the output pipe. Made fresh for every start.
//
// Loop thread; nothing here blocks. What a worker writes is validated before it leaves this file: a report
// that poll() hands out is in range, of this generation and in sequence. What it means is worker.cpp's.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "shared/records.hpp"
#include "shared/ring.hpp"
#include "shared/segment.hpp"
#include "shared/slots.hpp"
#include "shared/wake_pipe.hpp"

namespace hrn::supervisor {

class WorkerChannel {
public:
    static constexpr int kReportsPerLook = 256;

    // Throws std::system_error naming the call.
    WorkerChannel(std::uint64_t generation, const std::string& config_text);

    // The descriptors that the worker inherits; closed here once it has started.
    struct WorkerEnds {
        UniqueFd orders, reports, config, wake, notify, output;
    };
    [[nodiscard]] const WorkerEnds& worker_ends() const { return worker_ends_; }
    void close_worker_ends() { worker_ends_ = {}; }

    [[nodiscard]] std::uint64_t generation() const { return generation_; }
    [[nodiscard]] int notify_fd() const { return from_worker_.get(); }  // readable: look at the reports
    [[nodiscard]] UniqueFd take_output() { return std::move(output_); }

    // Orders. Pushes without waking; flush() wakes the worker once for all that was pushed.
    [[nodiscard]] RingStatus push(OrderKind kind, const TaskId& id, std::uint32_t attempt,
                                  std::uint64_t image_bytes);
    void flush();
    // full: no further order but a drain, for which a place is kept. corrupt: as push().
    [[nodiscard]] RingStatus room() { return orders_.room_for(2); }
    // The tasks whose orders the worker has not taken from the ring, by the index that it published; none if
    // that index is impossible.
    [[nodiscard]] std::vector<TaskId> untaken_tasks();

    enum class Attachment : std::uint8_t { not_yet, attached, wrong };
    // Is the worker's segment header complete? `error` says what is wrong with it.
    [[nodiscard]] Attachment attach(std::string& error);

    enum class Poll : std::uint8_t { empty, more, error };
    // Hands out at most kReportsPerLook reports. Stops at the first one that is invalid, or that `report`
    // refuses by saying what is wrong with it; then `error` says so and the channel must not be polled again.
    using ReportHandler = std::function<std::string(const ReportRecord&)>;
    [[nodiscard]] Poll poll(const ReportHandler& report, std::string& error);

    [[nodiscard]] SegmentView view() const { return read_segment(*reports_segment_.get()); }
    // Empties the wake-up pipe. closed: the worker has closed its end.
    [[nodiscard]] WakeState drain_notify() { return drain_wake(from_worker_.get()); }

private:
    std::uint64_t generation_;
    WorkerEnds worker_ends_;
    SegmentMapping<OrdersSegment> orders_segment_;
    SegmentMapping<const ReportsSegment> reports_segment_;
    UniqueFd to_worker_;    // write end: look at the orders
    UniqueFd from_worker_;  // read end: look at the reports
    UniqueFd output_;
    RingProducer<OrderRecord> orders_;
    RingConsumer<ReportRecord> reports_;
    std::uint64_t order_sequence_ = 0;
    std::uint64_t report_sequence_ = 0;
    bool unflushed_ = false;
};

}  // namespace hrn::supervisor
