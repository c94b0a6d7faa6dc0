#include "worker/hrn/front/device_turn.hpp"

#ifdef HRN_WITH_CUDA
#include <ATen/cuda/CUDAEvent.h>
#include <c10/cuda/CUDAStream.h>
#endif

namespace hrn::front {

#ifdef HRN_WITH_CUDA

void DeviceTurn::run(const std::function<void()>& queue) {
    std::unique_lock lock(mutex_);
    queue();
    if (!on_device_) {
        return;
    }
    at::cuda::CUDAEvent done(cudaEventBlockingSync | cudaEventDisableTiming);
    done.record(c10::cuda::getCurrentCUDAStream());
    lock.unlock();
    done.synchronize();
}

#else

void DeviceTurn::run(const std::function<void()>& queue) {
    const std::lock_guard lock(mutex_);
    queue();
}

#endif

}  // namespace hrn::front
