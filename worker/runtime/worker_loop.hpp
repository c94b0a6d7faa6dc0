// The main thread of a worker: takes orders, keeps the counters, decides when no more are taken and with
// which status the process ends.
//
// Owned by run_worker(), one thread. Failures end as an exit status (shared/worker_launch.hpp) with a fatal
// report and one log line.
#pragma once

#include <chrono>
#include <cstdint>

#include "shared/segment.hpp"
#include "worker/runtime/order_taker.hpp"
#include "worker/runtime/pipeline.hpp"
#include "worker/runtime/report_publisher.hpp"
#include "worker/runtime/work.hpp"

namespace hrn::runtime {

struct LoopLimits {
    std::uint64_t max_tasks = 0;      // 0: no limit
    std::uint64_t max_rss_bytes = 0;  // 0: no limit
};

class WorkerLoop {
public:
    // `wake_fd` is the read end of the supervisor's pipe, `stop_fd` of stop_signals_fd(). All outlive this.
    WorkerLoop(Pipeline& pipeline, OrderTaker& taker, ReportPublisher& publisher, Work& work,
               WorkerCounters& counters, LoopLimits limits, int wake_fd, int stop_fd);

    struct End {
        WorkerExit status = WorkerExit::ok;
        // Threads may still be running, with nothing that matters in their hands, or the device may be dead:
        // leave without joining or destroying anything.
        bool abandon = false;
    };
    [[nodiscard]] End run();

private:
    enum class Stopping : std::uint8_t { no, drain, recycle };

    void wait_for_events();
    void take_orders();
    void count();
    void stop_taking(Stopping why, const char* reason);
    [[nodiscard]] End ended();
    [[nodiscard]] End break_off(WorkerExit status, ErrorCode code, const std::string& why);

    Pipeline& pipeline_;
    OrderTaker& taker_;
    ReportPublisher& publisher_;
    Work& work_;
    WorkerCounters& counters_;
    const LoopLimits limits_;
    const int wake_fd_;
    const int stop_fd_;

    Stopping stopping_ = Stopping::no;
    bool supervisor_gone_ = false;
    bool stop_asked_ = false;
    std::uint64_t taken_ = 0;
    std::chrono::steady_clock::time_point counted_at_{};
};

}  // namespace hrn::runtime
