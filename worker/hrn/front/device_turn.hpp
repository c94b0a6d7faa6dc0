// Several threads, one device, one stream: they queue their work one after the other and wait for it side by
// side, so that the device always has the next piece while a thread looks at the last one's numbers.
//
// The stream is of high priority. The front end's work is many short pieces with a look at their numbers
// between them, the core's a long one: behind it in one queue, every piece would wait for a whole core.
//
// Owned by the front end's networks; any number of threads. A thread waits without using a core, unless it is
// the only one: then nobody else has work for the core, and being woken takes longer than some of the pieces.
// Errors of the device come out of run() as c10::Error.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>

namespace hrn::front {

class DeviceTurn {
public:
    // Waits for the device: what was queued there until now, weights on their way, can be used in run().
    explicit DeviceTurn(bool on_device);
    ~DeviceTurn();
    DeviceTurn(const DeviceTurn&) = delete;
    DeviceTurn& operator=(const DeviceTurn&) = delete;

    // queue() puts work on the current stream, copies of its results to the host included, and waits for
    // nothing. Returns when the device has done that work; on the CPU, when queue() has.
    void run(const std::function<void()>& queue);
    // The same, but does not wait: what comes next on this stream finds it done.
    void queue(const std::function<void()>& queue);

private:
    class Stream;
    std::unique_ptr<Stream> stream_;  // null on the CPU
    std::mutex mutex_;
    std::atomic<int> waiting_{0};  // threads in run()
};

}  // namespace hrn::front
