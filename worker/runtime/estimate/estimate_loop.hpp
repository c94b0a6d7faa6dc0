// A process in the role `estimate`: takes orders as every worker does, answers each with what its header
// tells at once and, when nothing more urgent is in the ring, with what the image itself tells. Writes no
// results.
//
// Same rings, same slots, same deaths: while an image is looked at, its slot says "in decode", so that a
// decoder that dies names its image. One thread. Ends with an exit status of shared/worker_launch.hpp.
#pragma once

#include <deque>
#include <string>

#include "shared/config.hpp"
#include "shared/slots.hpp"
#include "shared/worker_launch.hpp"
#include "worker/runtime/estimate/estimator.hpp"
#include "worker/runtime/order_taker.hpp"
#include "worker/runtime/report_publisher.hpp"

namespace hrn::runtime {

class EstimateLoop {
public:
    // `claimed`: path of claimed/. `wake_fd`, `stop_fd` as for WorkerLoop. All outlive this.
    EstimateLoop(Estimator& estimator, OrderTaker& taker, ReportPublisher& publisher, ReportsSegment& reports,
                 std::string claimed, std::uint64_t max_file_bytes, int wake_fd, int stop_fd);
    [[nodiscard]] WorkerExit run();

private:
    // false: told to end.
    [[nodiscard]] bool wait_for_orders();
    void take_orders();
    void first_look(const TakenOrder& order);
    void look_at(const TakenOrder& order);
    void give_back(const TakenOrder& order);
    void end(const TakenOrder& order, const ReportRecord& record);

    Estimator& estimator_;
    OrderTaker& taker_;
    ReportPublisher& publisher_;
    SlotWriter slots_;
    ThreadReporter reporter_;
    const std::string claimed_;
    const std::uint64_t max_file_bytes_;
    const int wake_fd_;
    const int stop_fd_;
    std::deque<TakenOrder> waiting_;
    bool drained_ = false;
};

}  // namespace hrn::runtime
