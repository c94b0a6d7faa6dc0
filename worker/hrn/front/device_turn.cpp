#include "worker/hrn/front/device_turn.hpp"

#ifdef HRN_WITH_CUDA
#include <ATen/cuda/CUDAEvent.h>
#include <c10/cuda/CUDAFunctions.h>
#include <c10/cuda/CUDAGuard.h>
#include <c10/cuda/CUDAStream.h>

#include <thread>
#endif

namespace hrn::front {

#ifdef HRN_WITH_CUDA

class DeviceTurn::Stream {
public:
    Stream() { c10::cuda::device_synchronize(); }

    void put(const std::function<void()>& queue) const {
        const c10::cuda::CUDAStreamGuard here(stream_);
        queue();
    }
    // An event behind the work that queue() puts on this stream.
    at::cuda::CUDAEvent queued(const std::function<void()>& queue) const {
        const c10::cuda::CUDAStreamGuard here(stream_);
        queue();
        at::cuda::CUDAEvent done(cudaEventBlockingSync | cudaEventDisableTiming);
        done.record(stream_);
        return done;
    }

private:
    const c10::cuda::CUDAStream stream_ = c10::cuda::getStreamFromPool(/*isHighPriority=*/true);
};

namespace {

// As long as it lives its thread is counted.
class Counted {
public:
    explicit Counted(std::atomic<int>& count) : count_(count) { ++count_; }
    ~Counted() { --count_; }
    Counted(const Counted&) = delete;
    Counted& operator=(const Counted&) = delete;

private:
    std::atomic<int>& count_;
};

}  // namespace

void DeviceTurn::run(const std::function<void()>& queue) {
    const Counted here(waiting_);
    std::unique_lock lock(mutex_);
    if (stream_ == nullptr) {
        queue();
        return;
    }
    at::cuda::CUDAEvent done = stream_->queued(queue);
    lock.unlock();
    while (waiting_ == 1 && !done.query()) {
        std::this_thread::yield();
    }
    done.synchronize();
}

void DeviceTurn::queue(const std::function<void()>& queue) {
    const std::lock_guard lock(mutex_);
    if (stream_ == nullptr) {
        queue();
    } else {
        stream_->put(queue);
    }
}

#else

class DeviceTurn::Stream {};

void DeviceTurn::run(const std::function<void()>& queue) {
    const std::lock_guard lock(mutex_);
    queue();
}

void DeviceTurn::queue(const std::function<void()>& queue) {
    run(queue);
}

#endif

DeviceTurn::DeviceTurn(bool on_device) : stream_(on_device ? std::make_unique<Stream>() : nullptr) {}
DeviceTurn::~DeviceTurn() = default;

}  // namespace hrn::front
