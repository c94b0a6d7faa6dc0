// Pause, drain and the end of the service.
#include <utility>

#include "shared/log.hpp"
#include "supervisor/loop/stop_deadlines.hpp"
#include "supervisor/loop/supervisor.hpp"

namespace hrn::supervisor {

void Supervisor::pause() {
    paused_ = true;
    pause_ordered_ = true;
    gate_.set_paused(true);
    storage_->persist_pause(true);
    update_intake();
    log::info("paused by a command");
}

void Supervisor::resume() {
    paused_ = false;
    pause_ordered_ = false;
    draining_ = false;
    gate_.set_paused(false);
    storage_->persist_pause(false);
    update_intake();
    schedule();
    log::info("resumed by a command");
}

void Supervisor::drain() {
    draining_ = true;
    update_intake();
    log::info("draining by a command: nothing more is claimed, what is queued is finished");
}

void Supervisor::stop() {
    const TimePoint now = Clock::now();
    if (!stopping_) {
        stopping_ = true;
        log::info("stopping: running tasks are finished; a second signal stops at once",
                  {{"running", std::to_string(table_.running())}});
        notify_.stopping();
        gate_.set_stopping();
        update_intake();
        stop_deadline_ = now + drain_time(config_.limits);
        fleet_.drain_all();
        estimation_.stop();
    } else if (!stopping_hard_) {
        stopping_hard_ = true;
        log::warning("stopping at once; what was running is computed again after the next start");
        stop_deadline_ = now + kHardStop;
        fleet_.stop_all(true);
        estimation_.stop();
    }
    check_stop(now);
}

// systemd's TimeoutStopSec is not extended while this lasts: it is the operator's last word on a stop.
void Supervisor::check_stop(TimePoint now) {
    if (fleet_.all_ended()) {
        // What storage still has to record, and hooks, need no worker; they are waited for, unless that takes
        // too long.
        const bool settled = (table_.finishing() == 0 && hooks_.idle()) || stopping_hard_;
        if (!settled && settle_since_ == TimePoint{}) {
            settle_since_ = now;
        }
        if (settled || now - settle_since_ > kSettling) {
            finish_stop();
        }
        return;
    }
    if (now > stop_deadline_) {
        if (stopping_hard_) {
            log::error("workers are left that do not die; ending without them");
            finish_stop();
            return;
        }
        log::warning("running tasks were not finished in time; their workers are killed");
        stopping_hard_ = true;
        stop_deadline_ = now + killing_time(config_.limits);
        fleet_.stop_all(false);
    }
}

void Supervisor::finish_stop() {
    if (std::exchange(ended_, true)) {
        return;
    }
    tick_timer_.cancel();
    // Storage's answers are no longer of interest; what was requested of it still becomes durable.
    storage_->stop();
    log::info("stopped");
    io_.stop();
}

}  // namespace hrn::supervisor
