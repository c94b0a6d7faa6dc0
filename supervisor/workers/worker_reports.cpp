// What a worker says: its reports, its wake-ups, its output. Every report was validated by the channel; here
// it is checked against what this supervisor knows.
#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "shared/log.hpp"
#include "supervisor/workers/readable_watch.hpp"
#include "supervisor/workers/worker.hpp"
#include "supervisor/workers/worker_channel.hpp"
#include "supervisor/workers/worker_output.hpp"

namespace hrn::supervisor {
namespace {

// Without a word from the worker: one on a CPU, where a batch gains nothing; eight on a device.
constexpr std::size_t kBatchOnCpu = 1, kBatchOnDevice = 8;

std::size_t batch_size_of(const Config& config, const std::string& device, const std::string& ready_text) {
    const nlohmann::json said = nlohmann::json::parse(ready_text, nullptr, false);
    if (said.is_object()) {
        const auto found = said.find("batch");
        if (found != said.end() && found->is_number_unsigned()) {
            return std::clamp<std::size_t>(found->get<std::size_t>(), 1, kMaxInFlight);
        }
    }
    if (config.workers.batch_size > 0) {
        return std::min<std::size_t>(static_cast<std::size_t>(config.workers.batch_size), kMaxInFlight);
    }
    return device == "cpu" ? kBatchOnCpu : kBatchOnDevice;
}

}  // namespace

void Worker::on_notified() {
    const TimePoint now = Clock::now();
    if (channel_->drain_notify() == WakeState::closed) {
        pipe_closed_at_ = now;  // the death is seen at its pidfd; without one, tick() asks why
    }
    look_at_reports();
    if (process_.running() && !pipe_closed_at_ && wakes_.take(now)) {
        notify_watch_->arm();
    }
}

void Worker::look_at_reports() {
    if (channel_broken_ || !channel_) {
        return;
    }
    std::string error;
    if (!attached_) {
        switch (channel_->attach(error)) {
            case WorkerChannel::Attachment::not_yet:
                return;
            case WorkerChannel::Attachment::attached:
                attached_ = true;
                handle(WorkerEvent::attached);
                break;
            case WorkerChannel::Attachment::wrong:
                channel_broken_ = true;
                kill(KillReason::protocol_error, error);
                return;
        }
    }
    const bool was_full = room() == 0;
    const std::size_t held_before = held_.size();
    const auto poll =
        channel_->poll([this](const ReportRecord& report) { return take_report(report); }, error);
    // Poll::more: the ring holds no more than one look takes, so the rest came meanwhile, with a wake-up of
    // its own.
    if (poll == WorkerChannel::Poll::error) {
        channel_broken_ = true;
        kill(KillReason::protocol_error, error);
        return;
    }
    if (held_before > 0 && held_.empty() && state_ == WorkerState::busy) {
        handle(WorkerEvent::emptied);
    }
    if (room() > 0 && (was_full || held_.size() < held_before)) {
        host_.on_worker_room(*this);
    }
}

// Empty, or what is wrong with the report.
std::string Worker::take_report(const ReportRecord& report) {
    const TimePoint now = Clock::now();
    if (health_) {
        health_->activity(now);
    }
    switch (report.kind) {
        case ReportKind::ready:
            return take_ready(report);
        case ReportKind::waiting:
            if (state_ != WorkerState::loading && state_ != WorkerState::waiting &&
                state_ != WorkerState::killing && state_ != WorkerState::crashed) {
                return "it says that it waits, after it was ready";
            }
            if (state_ == WorkerState::loading || state_ == WorkerState::waiting) {
                health_->load_pauses();
                reason_ = text_of(report);
                handle(WorkerEvent::said_waiting);
            }
            return {};
        case ReportKind::fatal:
            death_.fatal = static_cast<ErrorCode>(report.error);
            death_.fatal_text = text_of(report);
            return {};
        case ReportKind::done:
        case ReportKind::failed: {
            if (slot_.role == WorkerRole::estimate) {
                return "a result from a worker that only estimates";
            }
            TaskId id;
            id.bytes = report.id;
            const std::optional<HeldOrder> order = held_.remove(id, report.attempt, now);
            if (!order) {
                return "it reported about task " + id.text() + " attempt " + std::to_string(report.attempt) +
                       ", which it does not hold";
            }
            ++tasks_of_process_;
            last_end_ = now;
            host_.on_task_report(*this, *order, report);
            return {};
        }
        case ReportKind::returned:
            return take_returned(report, now);
        case ReportKind::estimated:
            return take_estimate(report, now);
        case ReportKind::invalid:
            break;
    }
    return "a report of an unknown kind";
}

std::string Worker::take_returned(const ReportRecord& report, TimePoint now) {
    const TaskId id{report.id};
    const HeldOrder* held = held_.find(id);
    if (held == nullptr || held->attempt != report.attempt || !held->asked_back) {
        return "it gave back task " + id.text() + " attempt " + std::to_string(report.attempt) +
               ", for which it was not asked";
    }
    ++tasks_of_process_;  // it serves, even if it has computed nothing yet
    const std::optional<HeldOrder> order = held_.remove(id, report.attempt, now);
    host_.on_task_returned(*this, *order);
    return {};
}

// Its last word on an image (stage decode) ends the task's stay.
std::string Worker::take_estimate(const ReportRecord& report, TimePoint now) {
    const HeldOrder* held = held_.find(TaskId{report.id});
    if (slot_.role != WorkerRole::estimate || held == nullptr || held->attempt != report.attempt) {
        return "it estimated task " + TaskId{report.id}.text() + ", for which it was not asked";
    }
    ++tasks_of_process_;
    last_end_ = now;
    const HeldOrder order = *held;
    if (report.stage == static_cast<std::uint16_t>(Stage::decode)) {
        held_.remove(order.id, order.attempt, now);
    }
    return host_.on_estimate(order, report);
}

std::string Worker::take_ready(const ReportRecord& report) {
    if (state_ == WorkerState::killing || state_ == WorkerState::crashed) {
        return {};
    }
    if (state_ != WorkerState::loading && state_ != WorkerState::waiting) {
        return "it says a second time that it is ready";
    }
    const TimePoint now = Clock::now();
    health_->loaded(now);
    ever_ready_ = true;
    reason_.clear();
    ready_text_ = text_of(report);
    batch_size_ = batch_size_of(host_.config(), slot_.device, ready_text_);
    death_.was_ready = true;
    log::info("worker ready", {{"worker", std::to_string(index_)},
                               {"device", slot_.device},
                               {"seconds", std::to_string(to_seconds(now - started_at_))},
                               {"details", ready_text_}});
    handle(WorkerEvent::said_ready);
    return {};
}

void Worker::read_output() {
    const TimePoint now = Clock::now();
    if (output_->read(now) != WorkerOutput::Look::closed && output_->may_read(now)) {
        output_watch_->arm();
    }
}

}  // namespace hrn::supervisor
