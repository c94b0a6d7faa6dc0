#include "worker/hrn/front/device_turn.hpp"

#ifdef HRN_WITH_CUDA
#include <ATen/cuda/CUDAEvent.h>
#include <c10/cuda/CUDAFunctions.h>
#include <c10/cuda/CUDAGuard.h>
#include <c10/cuda/CUDAStream.h>
#endif

namespace hrn::front {

#ifdef HRN_WITH_CUDA

class DeviceTurn::Stream {
public:
    Stream() { c10::cuda::device_synchronize(); }

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

void DeviceTurn::run(const std::function<void()>& queue) {
    std::unique_lock lock(mutex_);
    if (stream_ == nullptr) {
        queue();
        return;
    }
    at::cuda::CUDAEvent done = stream_->queued(queue);
    lock.unlock();
    done.synchronize();
}

#else

class DeviceTurn::Stream {};

void DeviceTurn::run(const std::function<void()>& queue) {
    const std::lock_guard lock(mutex_);
    queue();
}

#endif

DeviceTurn::DeviceTurn(bool on_device) : stream_(on_device ? std::make_unique<Stream>() : nullptr) {}
DeviceTurn::~DeviceTurn() = default;

}  // namespace hrn::front
