// The end of a worker process: killing, reaping, judging, and what comes after.
#include <algorithm>
#include <csignal>
#include <stdexcept>
#include <utility>

#include "shared/log.hpp"
#include "supervisor/workers/oom_events.hpp"
#include "supervisor/workers/readable_watch.hpp"
#include "supervisor/workers/worker.hpp"
#include "supervisor/workers/worker_channel.hpp"
#include "supervisor/workers/worker_output.hpp"

namespace hrn::supervisor {
namespace {

// After SIGKILL; a process that is still there then sits in the kernel.
constexpr auto kUnkillableAfter = std::chrono::seconds(30);
constexpr auto kMemoryCheckInterval = std::chrono::seconds(1);
constexpr std::uint64_t kMegabyte = 1024 * 1024;

}  // namespace

void Worker::kill(KillReason reason, const std::string& text, bool hard) {
    if (death_.kill_reason == KillReason::none && state_ != WorkerState::stopped) {
        death_.kill_reason = reason;
        death_.kill_text = text;
        if (process_.running()) {
            log::warning("killing a worker", {{"worker", std::to_string(index_)},
                                              {"device", slot_.device},
                                              {"pid", std::to_string(process_.pid())},
                                              {"because", text}});
        }
    }
    handle(WorkerEvent::kill);
    // Whoever wrote nonsense is not asked to finish anything: what it writes from now on says nothing.
    hard = hard || reason == KillReason::protocol_error;
    if (hard && process_.running()) {
        kill_hard_at_ = Clock::now();
        continue_kill(*kill_hard_at_);
    }
}

void Worker::continue_kill(TimePoint now) {
    if (!kill_hard_at_ || now < *kill_hard_at_) {
        return;
    }
    process_.signal_group(SIGKILL);
    process_.signal(SIGKILL);
    if (!unkillable_ && now - *kill_hard_at_ > kUnkillableAfter) {
        unkillable_ = true;
        log::error("a worker does not die of SIGKILL; its device stays unused until it does",
                   {{"worker", std::to_string(index_)},
                    {"device", slot_.device},
                    {"pid", std::to_string(process_.pid())}});
        host_.on_worker_state(*this, state_);
    }
}

void Worker::on_process_dead() {
    if (!process_.dead()) {
        death_watch_->arm();
        return;
    }
    death_watch_.reset();  // before reap() closes the descriptor that it watches
    const std::optional<ExitStatus> status = process_.reap();
    if (!status) {
        throw std::logic_error("a dead worker cannot be reaped: somebody else waits for our children");
    }
    death_.status = *status;
    if (status->signalled && status->value == SIGKILL) {
        const OomKills oom_kills = count_oom_kills();
        death_.killed_for_memory = memory_ran_out(oom_kills_before_, oom_kills);
        death_.killed_from_outside = memory_surely_sufficed(oom_kills_before_, oom_kills);
    }
    const bool clean = !status->signalled && status->value == 0;
    handle(clean ? WorkerEvent::exited_clean : WorkerEvent::exited);
}

// The order matters (design.md 6): the process is reaped, its last reports count, then its slots are read.
void Worker::finish_process() {
    if (channel_ && !channel_broken_) {
        std::string error;
        for (;;) {
            if (!attached_ && channel_->attach(error) != WorkerChannel::Attachment::attached) {
                break;
            }
            attached_ = true;
            const auto poll =
                channel_->poll([this](const ReportRecord& report) { return take_report(report); }, error);
            if (poll != WorkerChannel::Poll::more) {
                break;
            }
        }
    }
    death_.segment = view();
    death_.held.clear();
    const std::vector<TaskId> untaken = channel_ ? channel_->untaken_tasks() : std::vector<TaskId>{};
    for (const HeldOrder& order : held_.orders()) {
        const bool in_ring = std::find(untaken.begin(), untaken.end(), order.id) != untaken.end();
        death_.held.push_back({order.id, order.attempt, order.solo, in_ring});
    }
    if (output_) {
        static_cast<void>(output_->read(Clock::now(), true));
    }
    notify_watch_.reset();
    output_watch_.reset();
    held_.clear(Clock::now());
    channel_.reset();
    output_.reset();
    health_.reset();
    lock_.reset();
    attached_ = false;
    channel_broken_ = false;
    drain_ordered_ = false;
    unkillable_ = false;
    pipe_closed_at_.reset();
    kill_hard_at_.reset();
    if (generation_ != 0) {
        host_.forget_generation(std::exchange(generation_, 0));
    }
}

void Worker::decide_restart() {
    const TimePoint now = Clock::now();
    verdict_ = judge(death_);
    verdict_.permanent = verdict_.permanent || std::exchange(start_failure_is_permanent_, false);
    // One that ends on purpose again and again without computing anything would restart for ever.
    if (verdict_.restart_at_once && death_.kill_reason == KillReason::none && tasks_of_process_ == 0) {
        verdict_.restart_at_once = false;
        verdict_.counts_against_device = true;
    }
    tasks_of_process_ = 0;
    const std::uint64_t failure = verdict_.counts_against_device ? restarts_policy_.record_failure(now) : 0;
    reason_ = verdict_.text;
    host_.on_worker_gone(*this, verdict_, failure);
    if (!wanted_) {
        handle(WorkerEvent::rest);
        return;
    }
    if (verdict_.restart_at_once) {
        handle(WorkerEvent::restart_now);
        return;
    }
    const RestartPolicy::Decision decision =
        restarts_policy_.decide(now, host_.config().restart, verdict_.permanent);
    handle(decision.give_up ? WorkerEvent::give_up : WorkerEvent::restart_later);
    due_ = now + decision.delay;
}

// Ended as it was told. It should hold nothing any more; what it does hold goes to others at no cost.
void Worker::settle() {
    death_.kill_reason = KillReason::requested;
    finish_process();
    tasks_of_process_ = 0;
    reason_.clear();
    host_.on_worker_gone(*this, judge(death_), 0);
    if (wanted_) {
        handle(WorkerEvent::start);
    }
}

// A drained worker that has nothing left to do ends soon, or is ended.
void Worker::check_drain(TimePoint now) {
    if (state_ != WorkerState::draining || !held_.empty()) {
        drained_at_.reset();
    } else if (!drained_at_) {
        drained_at_ = now;
    } else if (now - *drained_at_ > from_seconds(host_.config().limits.kill_timeout_s)) {
        kill(KillReason::requested, "it was drained and did not end within limits.kill_timeout_s");
    }
}

void Worker::check_health(TimePoint now) {
    const Health::Finding finding = health_->check(now, view(), held_.ids(), host_.config().limits);
    if (finding.reason == KillReason::none) {
        return;
    }
    death_.hung_threads = finding.threads;
    death_.slow_task = finding.task;
    kill(finding.reason, finding.text);
}

// By the kernel's count, not the worker's. Above the limit it finishes what it holds and makes room for a
// fresh one; twice above it, it is not asked any more.
void Worker::check_memory(TimePoint now) {
    const auto limit = static_cast<std::uint64_t>(host_.config().limits.worker_max_rss_mb) * kMegabyte;
    if (limit == 0 || now - memory_checked_ < kMemoryCheckInterval) {
        return;
    }
    memory_checked_ = now;
    const std::uint64_t resident = resident_bytes(process_.pid());
    const std::string text = "it uses " + std::to_string(resident / kMegabyte) +
                             " MB, limits.worker_max_rss_mb is " + std::to_string(limit / kMegabyte);
    if (resident > 2 * limit) {
        kill(KillReason::memory_limit, text);
    } else if (resident > limit && takes_tasks(state_)) {
        log::warning("recycling a worker", {{"worker", std::to_string(index_)}, {"because", text}});
        drain(true);
    }
}

}  // namespace hrn::supervisor
