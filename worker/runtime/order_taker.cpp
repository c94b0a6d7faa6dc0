#include "worker/runtime/order_taker.hpp"

#include <string>

#include "worker/runtime/report_publisher.hpp"

namespace hrn::runtime {

OrderTaker::OrderTaker(const OrdersSegment& orders, ReportsSegment& reports, std::uint64_t generation)
    : ring_(orders.records.data(), kOrderCapacity, &reports.order_head, &orders.order_tail),
      slots_(&reports),
      generation_(generation) {}

OrderTaker::Answer OrderTaker::next(TakenOrder& order) {
    OrderRecord record;
    switch (ring_.peek(record)) {
        case RingStatus::ok:
            break;
        case RingStatus::empty:
            return Answer::empty;
        case RingStatus::full:
        case RingStatus::corrupt:
            throw ProtocolError("the supervisor's index of the order ring makes no sense");
    }
    const std::string wrong = validate_order(record, generation_, sequence_ + 1);
    if (!wrong.empty()) {
        throw ProtocolError("order " + std::to_string(sequence_ + 1) + " makes no sense: " + wrong);
    }
    if (record.kind == OrderKind::drain) {
        ++sequence_;
        ring_.release();
        return Answer::drain;
    }
    const TaskId id{record.id};
    if (record.kind == OrderKind::take_back) {
        ++sequence_;
        ring_.release();
        order = {id, record.attempt, 0, 0};
        return Answer::take_back;
    }
    const auto slot = slots_.occupy(id, record.attempt);
    if (!slot) {
        return Answer::no_slot;
    }
    ++sequence_;
    ring_.release();
    order = {id, record.attempt, record.image_bytes, *slot};
    return Answer::task;
}

}  // namespace hrn::runtime
