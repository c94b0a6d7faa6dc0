#include "supervisor/loop/service_notify.hpp"

#include <systemd/sd-daemon.h>
#include <time.h>

namespace hrn::supervisor {
namespace {

// The result says only whether there is a systemd to tell.
void tell(const std::string& text) {
    static_cast<void>(::sd_notify(0, text.c_str()));
}

}  // namespace

ServiceNotify::ServiceNotify() {
    std::uint64_t period_us = 0;
    if (::sd_watchdog_enabled(0, &period_us) > 0) {
        watchdog_interval_ = std::chrono::microseconds(period_us) / 3;
    }
}

void ServiceNotify::ready() {
    if (!ready_) {
        ready_ = true;
        tell("READY=1");
    }
}

void ServiceNotify::stopping() {
    tell("STOPPING=1");
}

void ServiceNotify::reloading() {
    timespec now{};
    ::clock_gettime(CLOCK_MONOTONIC, &now);
    const long long us = static_cast<long long>(now.tv_sec) * 1'000'000 + now.tv_nsec / 1000;
    tell("RELOADING=1\nMONOTONIC_USEC=" + std::to_string(us));
}

void ServiceNotify::reloaded() {
    tell("READY=1");
}

void ServiceNotify::status(const std::string& text) {
    if (text != last_status_) {
        last_status_ = text;
        tell("STATUS=" + text);
    }
}

void ServiceNotify::extend_timeout(Duration more) {
    tell("EXTEND_TIMEOUT_USEC=" +
         std::to_string(std::chrono::duration_cast<std::chrono::microseconds>(more).count()));
}

void ServiceNotify::tick(TimePoint now) {
    if (watchdog_interval_ > Duration{} && now - last_fed_ >= watchdog_interval_) {
        last_fed_ = now;
        tell("WATCHDOG=1");
    }
}

}  // namespace hrn::supervisor
