// Several threads, one device, one stream: they queue their work one after the other and wait for it side by
// side, so that the device always has the next piece while a thread looks at the last one's numbers.
//
// Owned by the front end's networks; any number of threads. A thread waits without using a core. Errors of
// the device come out of run() as c10::Error.
#pragma once

#include <functional>
#include <mutex>

namespace hrn::front {

class DeviceTurn {
public:
    explicit DeviceTurn(bool on_device) : on_device_(on_device) {}

    // queue() puts work on the current stream, copies of its results to the host included, and waits for
    // nothing. Returns when the device has done that work; on the CPU, when queue() has.
    void run(const std::function<void()>& queue);

private:
    const bool on_device_;
    std::mutex mutex_;
};

}  // namespace hrn::front
