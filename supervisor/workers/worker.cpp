#include "supervisor/workers/worker.hpp"

#include <algorithm>
#include <csignal>
#include <utility>

#include "shared/log.hpp"
#include "supervisor/workers/readable_watch.hpp"
#include "supervisor/workers/worker_channel.hpp"
#include "supervisor/workers/worker_output.hpp"

namespace hrn::supervisor {

Worker::Worker(boost::asio::io_context& io, WorkerHost& host, int index, DeviceSlot slot)
    : io_(io),
      host_(host),
      index_(index),
      slot_(std::move(slot)),
      restarts_policy_(static_cast<std::uint64_t>(index) + 1) {}

Worker::~Worker() = default;

void Worker::start() {
    wanted_ = true;
    if (state_ == WorkerState::down || state_ == WorkerState::backoff) {
        restarts_policy_.reset();
    }
    handle(WorkerEvent::start);
}

void Worker::drain(bool restart) {
    wanted_ = restart;
    if (restart &&
        (state_ == WorkerState::stopped || state_ == WorkerState::backoff || state_ == WorkerState::down)) {
        start();
        return;
    }
    handle(WorkerEvent::drain);
}

void Worker::stop(bool hard) {
    wanted_ = false;
    kill(KillReason::requested, "the service stops", hard);
}

bool Worker::will_serve() const {
    return wanted_ && state_ != WorkerState::down && state_ != WorkerState::draining;
}

std::size_t Worker::room() const {
    if (!takes_tasks(state_) || channel_broken_) {
        return 0;
    }
    const auto prefetch =
        static_cast<std::size_t>(std::max<std::int64_t>(0, host_.config().scheduling.prefetch_batches));
    // One place less than the ring has, so that the drain order always fits.
    const std::size_t capacity =
        std::min<std::size_t>(batch_size_ * (1 + prefetch), static_cast<std::size_t>(kMaxInFlight) - 1);
    return capacity - std::min(capacity, held_.size());
}

// false: not pushed; nonsense in its index kills it.
bool Worker::push_order(OrderKind kind, const TaskId& id, std::uint32_t attempt, std::uint64_t image_bytes) {
    RingStatus status = channel_->room();
    if (status == RingStatus::ok) {
        status = channel_->push(kind, id, attempt, image_bytes);
    }
    if (status == RingStatus::corrupt) {
        channel_broken_ = true;
        kill(KillReason::protocol_error, "the index of its order ring is impossible");
    }
    return status == RingStatus::ok;
}

bool Worker::give(const TaskId& id, std::uint32_t attempt, std::uint64_t image_bytes, bool solo,
                  TimePoint now) {
    if (!push_order(OrderKind::task, id, attempt, image_bytes)) {
        return false;
    }
    if (held_.empty() && health_) {
        health_->activity(now);
    }
    held_.add({id, attempt, solo, now, std::nullopt}, now);
    handle(WorkerEvent::took_task);
    return true;
}

bool Worker::take_back(const TaskId& id, TimePoint now) {
    const HeldOrder* order = held_.find(id);
    if (order == nullptr || order->solo || order->asked_back || !takes_tasks(state_) || channel_broken_) {
        return false;
    }
    return push_order(OrderKind::take_back, id, order->attempt, 0) && held_.mark_asked_back(id, now);
}

TimePoint Worker::computing_since() const {
    return held_.empty() ? last_end_ : std::max(last_end_, held_.orders().front().given);
}

void Worker::flush() {
    if (channel_) {
        channel_->flush();
    }
}

SegmentView Worker::view() const {
    return channel_ && attached_ ? channel_->view() : SegmentView{};
}

void Worker::tick(TimePoint now) {
    if (due_ && now >= *due_) {
        due_.reset();
        handle(WorkerEvent::timer);
    }
    if (lock_wanted_since_) {
        try_lock(now);
    }
    if (!process_.running()) {
        return;
    }
    look_at_reports();
    if (notify_watch_ && !pipe_closed_at_) {
        notify_watch_->arm();
    }
    if (output_watch_ && output_->may_read(now)) {
        output_watch_->arm();
    }
    if (state_ == WorkerState::killing) {
        continue_kill(now);
        return;
    }
    if (pipe_closed_at_ && now - *pipe_closed_at_ > std::chrono::seconds(1)) {
        kill(KillReason::protocol_error, "it closed its wake-up pipe");
        return;
    }
    check_health(now);
    check_memory(now);
    check_drain(now);
}

void Worker::handle(WorkerEvent event) {
    const WorkerState from = state_;
    const WorkerTransition transition = worker_transition(from, event);
    if (transition.action == WorkerAction::bug) {
        log::error("internal: a worker's state has no such event; nothing is done",
                   {{"worker", std::to_string(index_)},
                    {"state", std::string(worker_state_name(from))},
                    {"event", std::string(worker_event_name(event))}});
        return;
    }
    if (transition.next != from) {
        state_ = transition.next;
        state_since_ = Clock::now();
        due_.reset();
        host_.on_worker_state(*this, from);
    }
    act(transition.action);
}

void Worker::act(WorkerAction action) {
    switch (action) {
        case WorkerAction::none:
        case WorkerAction::bug:
            break;
        case WorkerAction::prepare:
            if (state_ == WorkerState::probe) {
                restarts_policy_.begin_probe();
            }
            prepare();
            break;
        case WorkerAction::spawn:
            spawn();
            break;
        case WorkerAction::serve:
            host_.on_worker_room(*this);
            break;
        case WorkerAction::order_drain:
            if (channel_->push(OrderKind::drain, TaskId{}, 0, 0) != RingStatus::ok) {
                kill(KillReason::protocol_error, "it takes no orders");
                break;
            }
            drain_ordered_ = true;
            channel_->flush();
            break;
        case WorkerAction::begin_kill:
            if (death_.kill_reason == KillReason::none) {
                death_.kill_reason = KillReason::requested;
            }
            if (process_.running()) {
                process_.signal(SIGTERM);
                kill_hard_at_ = Clock::now() + from_seconds(host_.config().limits.kill_timeout_s);
            } else {
                cancel_start();
                handle(WorkerEvent::exited_clean);
            }
            break;
        case WorkerAction::judge:
            finish_process();
            decide_restart();
            break;
        case WorkerAction::settle:
            settle();
            break;
        case WorkerAction::wait_backoff:
        case WorkerAction::wait_probe:
            break;  // decide_restart() has set due_ right after
        case WorkerAction::cancel_start:
            cancel_start();
            break;
    }
}

}  // namespace hrn::supervisor
