#include "worker/runtime/worker_loop.hpp"

#include <poll.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <string>
#include <system_error>

#include "shared/log.hpp"
#include "shared/wake_pipe.hpp"
#include "worker/runtime/memory_use.hpp"
#include "worker/runtime/process_start.hpp"

namespace hrn::runtime {

namespace {

// Wake-ups do the work; the tick is for the counters, and for a wake-up that got lost.
constexpr int kTickMilliseconds = 1000;
constexpr std::chrono::milliseconds kCountEvery{100};

}  // namespace

WorkerLoop::WorkerLoop(Pipeline& pipeline, OrderTaker& taker, ReportPublisher& publisher, Work& work,
                       WorkerCounters& counters, LoopLimits limits, int wake_fd, int stop_fd)
    : pipeline_(pipeline),
      taker_(taker),
      publisher_(publisher),
      work_(work),
      counters_(counters),
      limits_(limits),
      wake_fd_(wake_fd),
      stop_fd_(stop_fd) {}

WorkerLoop::End WorkerLoop::run() {
    for (;;) {
        wait_for_events();
        if (supervisor_gone_) {
            // Nobody would publish what is in the works; the next supervisor gives it to another worker.
            return {WorkerExit::ok, true};
        }
        const Pipeline::State state = pipeline_.state();
        if (state == Pipeline::State::ended) {
            return ended();
        }
        if (stop_asked_ && state == Pipeline::State::loading) {
            return {WorkerExit::ok, true};  // nothing is held
        }
        if (stop_asked_) {
            stop_taking(Stopping::drain, "asked to stop");
        }
        if (state == Pipeline::State::running && stopping_ == Stopping::no) {
            try {
                take_orders();
            } catch (const ProtocolError& error) {
                return break_off(WorkerExit::protocol, ErrorCode::protocol_error, error.what());
            }
        }
        count();
    }
}

void WorkerLoop::wait_for_events() {
    std::array<pollfd, 3> fds = {{
        {wake_fd_, POLLIN, 0},
        {stop_fd_, POLLIN, 0},
        {pipeline_.state_fd(), POLLIN, 0},
    }};
    if (::poll(fds.data(), fds.size(), kTickMilliseconds) < 0 && errno != EINTR) {
        throw std::system_error(errno, std::generic_category(), "poll");
    }
    if (fds[0].revents != 0) {
        supervisor_gone_ = drain_wake(wake_fd_) == WakeState::closed;
    }
    if (fds[1].revents != 0 && stop_signal_arrived(stop_fd_)) {
        stop_asked_ = true;
    }
    if (fds[2].revents != 0) {
        std::uint64_t changes = 0;
        if (::read(pipeline_.state_fd(), &changes, sizeof(changes)) < 0) {
            // EAGAIN only; what counts is the state itself.
        }
    }
}

void WorkerLoop::take_orders() {
    for (;;) {
        TakenOrder order;
        switch (taker_.next(order)) {
            case OrderTaker::Answer::empty:
            case OrderTaker::Answer::no_slot:
                return;
            case OrderTaker::Answer::drain:
                stop_taking(Stopping::drain, "drained by the supervisor");
                return;
            case OrderTaker::Answer::take_back:
                pipeline_.take_back(order.id, order.attempt);
                continue;
            case OrderTaker::Answer::task:
                pipeline_.submit(order);
                break;
        }
        if (limits_.max_tasks != 0 && ++taken_ >= limits_.max_tasks) {
            stop_taking(Stopping::recycle, "[limits] worker_max_tasks reached");
            return;
        }
    }
}

void WorkerLoop::count() {
    const auto now = std::chrono::steady_clock::now();
    if (now - counted_at_ < kCountEvery) {
        return;
    }
    counted_at_ = now;
    const std::uint64_t rss = resident_bytes();
    std::atomic_ref<std::uint64_t>(counters_.rss_bytes).store(rss, std::memory_order_relaxed);
    if (pipeline_.state() != Pipeline::State::running) {
        return;
    }
    std::atomic_ref<std::uint64_t>(counters_.device_bytes)
        .store(work_.device_bytes(), std::memory_order_relaxed);
    if (limits_.max_rss_bytes != 0 && rss > limits_.max_rss_bytes) {
        stop_taking(Stopping::recycle, "[limits] worker_max_rss_mb passed");
    }
}

void WorkerLoop::stop_taking(Stopping why, const char* reason) {
    if (stopping_ != Stopping::no) {
        return;
    }
    stopping_ = why;
    log::info("finishing what is held, then leaving", {{"reason", reason}});
    pipeline_.finish_input();
}

WorkerLoop::End WorkerLoop::ended() {
    pipeline_.join();
    const Pipeline::Ending ending = pipeline_.ending();
    if (ending.message.empty()) {
        return {stopping_ == Stopping::recycle ? WorkerExit::recycled : WorkerExit::ok, false};
    }
    return break_off(ending.status, ending.code, ending.message);
}

WorkerLoop::End WorkerLoop::break_off(WorkerExit status, ErrorCode code, const std::string& why) {
    log::error(why, {{"exit", std::to_string(static_cast<int>(status))}});
    try {
        publisher_.publish(fatal_record(code, why));
    } catch (const std::exception& error) {
        // The exit status says it too.
        log::error("the fatal report could not be sent", {{"reason", error.what()}});
    }
    return {status, true};
}

}  // namespace hrn::runtime
