// How long at least one of several threads was at work: what `hrn-ctl` shows as a device's utilisation when
// batches overlap. Kept up to date at every coming and going, so that it grows while nobody ever rests.
//
// Any number of threads. `counter` is written by this object only and outlives it; readers see it grow.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <mutex>

namespace hrn::runtime {

class BusyTime {
public:
    explicit BusyTime(std::uint64_t& counter) : counter_(counter) {}

    void enter() { move(+1); }
    void leave() { move(-1); }

private:
    void move(int change) {
        const std::lock_guard lock(mutex_);
        const auto now = std::chrono::steady_clock::now();
        if (inside_ > 0) {
            const auto passed = std::chrono::nanoseconds(now - since_).count();
            std::atomic_ref<std::uint64_t>(counter_).fetch_add(static_cast<std::uint64_t>(passed),
                                                               std::memory_order_relaxed);
        }
        since_ = now;
        inside_ += change;
    }

    std::uint64_t& counter_;  // nanoseconds
    std::mutex mutex_;
    std::chrono::steady_clock::time_point since_;
    int inside_ = 0;
};

}  // namespace hrn::runtime
