// Pause, drain, reload and the end of the service.
#include <utility>

#include "shared/log.hpp"
#include "supervisor/loop/supervisor.hpp"

namespace hrn::supervisor {
namespace {

// After the second signal: SIGKILL takes effect at once, unless a process sits in the kernel.
constexpr auto kHardStop = std::chrono::seconds(2);
// How long finished tasks may take to become durable, once no worker is left.
constexpr auto kSettling = std::chrono::seconds(10);

// Keys that apply at the next start only; the rest of `next` takes their present values along.
void keep_fixed_keys(const Config& now, Config& next) {
    const std::string originals = next.service.originals;
    next.service = now.service;
    next.service.originals = originals;
    next.workers.devices = now.workers.devices;
    next.workers.per_device = now.workers.per_device;
    next.metrics = now.metrics;
    next.control = now.control;
    next.log.format = now.log.format;
}

std::string_view applies(Reload reload) {
    switch (reload) {
        case Reload::live:
            return "now";
        case Reload::new_workers:
            return "to workers started from now on (hrn-ctl restart-worker --all)";
        case Reload::restart:
            return "after a restart of the service";
    }
    return "now";
}

}  // namespace

void Supervisor::pause() {
    paused_ = true;
    gate_.set_paused(true);
    storage_->persist_pause(true);
    update_intake();
    log::info("paused by a command");
}

void Supervisor::resume() {
    paused_ = false;
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

std::string Supervisor::reload() {
    notify_.reloading();
    std::string refused;
    try {
        Config next = load_config(config_path_);
        for (const ConfigChange& change : changed_keys(config_, next)) {
            log::info("configuration changed",
                      {{"key", std::string(change.key->section) + "." + std::string(change.key->name)},
                       {"from", change.from},
                       {"to", change.to},
                       {"applies", std::string(applies(change.key->reload))}});
        }
        keep_fixed_keys(config_, next);
        config_ = std::move(next);
        log::Level level = log::Level::info;
        if (log::parse_level(config_.log.level, level)) {
            log::set_level(level);
        }
        dispatcher_.set_policy(config_.scheduling.policy);
        storage_->reload(config_);
        schedule();
    } catch (const ConfigError& error) {
        refused = error.what();
        log::error("the configuration was not reloaded; the old one stays in force", {{"because", refused}});
    }
    notify_.reloaded();
    return refused;
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
        stop_deadline_ = now + from_seconds(config_.limits.task_timeout_s + config_.limits.kill_timeout_s);
        fleet_.drain_all();
    } else if (!stopping_hard_) {
        stopping_hard_ = true;
        log::warning("stopping at once; what was running is computed again after the next start");
        stop_deadline_ = now + kHardStop;
        fleet_.stop_all(true);
    }
    check_stop(now);
}

// systemd's TimeoutStopSec is not extended while this lasts: it is the operator's last word on a stop.
void Supervisor::check_stop(TimePoint now) {
    if (fleet_.all_ended()) {
        // What storage still has to record needs no worker; it is waited for, unless that takes too long.
        const bool settled = table_.finishing() == 0 || stopping_hard_;
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
        stop_deadline_ = now + from_seconds(config_.limits.kill_timeout_s) + kHardStop;
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
