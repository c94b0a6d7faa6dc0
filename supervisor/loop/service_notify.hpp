// What systemd is told (design.md 12): READY, STATUS, STOPPING, RELOADING and the watchdog. Without systemd
// (no NOTIFY_SOCKET) nothing happens. Loop thread; a datagram that cannot be sent is dropped by libsystemd.
#pragma once

#include <string>

#include "supervisor/workers/clock.hpp"

namespace hrn::supervisor {

class ServiceNotify {
public:
    ServiceNotify();
    // Once: locks, store, spool and socket are up.
    void ready();
    void stopping();
    void reloading();
    void reloaded();
    // Sent if it differs from the last one.
    void status(const std::string& text);
    // The start or the stop still makes progress: give it so much more time.
    void extend_timeout(Duration more);
    // Feeds the watchdog three times per period; the loop calls it at every tick.
    void tick(TimePoint now);

private:
    Duration watchdog_interval_{};  // 0: no watchdog
    TimePoint last_fed_{};
    std::string last_status_;
    bool ready_ = false;
};

}  // namespace hrn::supervisor
