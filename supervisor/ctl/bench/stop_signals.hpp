// Ctrl-C, SIGTERM and SIGHUP as something to ask for, while a scratch service exists that must be ended and
// removed first. One that comes when nobody asks any more has its usual effect once the object is gone.
//
// One thread; one object at a time.
#pragma once

#include <signal.h>

#include <ctime>

namespace hrn::ctl {

class StopSignals {
public:
    StopSignals() {
        ::sigemptyset(&signals_);
        for (const int signal : {SIGINT, SIGTERM, SIGHUP}) {
            ::sigaddset(&signals_, signal);
        }
        ::pthread_sigmask(SIG_BLOCK, &signals_, &before_);
    }
    ~StopSignals() { ::pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
    StopSignals(const StopSignals&) = delete;
    StopSignals& operator=(const StopSignals&) = delete;

    // Has one come? Each is told of once.
    [[nodiscard]] bool came() const {
        const timespec at_once{};
        return ::sigtimedwait(&signals_, nullptr, &at_once) > 0;
    }
    // What a program that is started should have blocked.
    [[nodiscard]] const sigset_t& before() const { return before_; }

private:
    sigset_t signals_{}, before_{};
};

}  // namespace hrn::ctl
