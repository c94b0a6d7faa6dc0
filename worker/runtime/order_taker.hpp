// Taking orders out of the ring by the rule that loses none (design.md 6): copy the order, check it, write
// the in-flight slot, only then free its place in the ring. A worker killed between any two of these leaves
// the task in the ring, in a slot, or in both.
//
// Owned and called by the worker's main thread. Throws ProtocolError for an order that makes no sense (wrong
// generation, gap in the sequence, broken index): the supervisor's fault, the worker exits.
#pragma once

#include <cstdint>

#include "shared/ring.hpp"
#include "shared/segment.hpp"
#include "shared/slots.hpp"
#include "shared/task_id.hpp"

namespace hrn::runtime {

struct TakenOrder {
    TaskId id;
    std::uint32_t attempt = 1;
    std::uint64_t image_bytes = 0;  // when it was claimed
    int slot = 0;
};

class OrderTaker {
public:
    OrderTaker(const OrdersSegment& orders, ReportsSegment& reports, std::uint64_t generation);

    enum class Answer : std::uint8_t {
        task,       // `order` is filled; its slot says "waiting", stage none
        drain,      // finish what is held, take nothing more
        take_back,  // `order` names a task that the supervisor wants back; it has no slot here
        empty,
        no_slot  // every in-flight slot is occupied; the order stays in the ring
    };
    [[nodiscard]] Answer next(TakenOrder& order);

private:
    RingConsumer<OrderRecord> ring_;
    SlotWriter slots_;
    const std::uint64_t generation_;
    std::uint64_t sequence_ = 0;  // of the last order taken
};

}  // namespace hrn::runtime
