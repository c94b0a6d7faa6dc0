// Times work on a device by events of its current stream, and on the CPU by the clock.
//
// One thread. Errors of CUDA are std::runtime_error.
#pragma once

#include <c10/core/Device.h>

#include <chrono>
#include <functional>
#include <stdexcept>
#include <string>

#ifdef HRN_WITH_CUDA
#include <c10/cuda/CUDAStream.h>
#include <cuda_runtime_api.h>
#endif

namespace hrn::bench {

class DeviceClock {
public:
    explicit DeviceClock(c10::Device device) : device_(device) {
#ifdef HRN_WITH_CUDA
        if (device_.is_cuda()) {
            check(cudaEventCreate(&start_));
            check(cudaEventCreate(&end_));
        }
#endif
    }
    ~DeviceClock() {
#ifdef HRN_WITH_CUDA
        if (device_.is_cuda()) {
            static_cast<void>(cudaEventDestroy(start_));
            static_cast<void>(cudaEventDestroy(end_));
        }
#endif
    }
    DeviceClock(const DeviceClock&) = delete;
    DeviceClock& operator=(const DeviceClock&) = delete;

    [[nodiscard]] double milliseconds(const std::function<void()>& work) {
#ifdef HRN_WITH_CUDA
        if (device_.is_cuda()) {
            const cudaStream_t stream = c10::cuda::getCurrentCUDAStream(device_.index());
            check(cudaEventRecord(start_, stream));
            work();
            check(cudaEventRecord(end_, stream));
            check(cudaEventSynchronize(end_));
            float elapsed = 0;
            check(cudaEventElapsedTime(&elapsed, start_, end_));
            return elapsed;
        }
#endif
        const auto start = std::chrono::steady_clock::now();
        work();
        return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count();
    }

    [[nodiscard]] std::string device_name() const {
#ifdef HRN_WITH_CUDA
        if (device_.is_cuda()) {
            cudaDeviceProp properties{};
            check(cudaGetDeviceProperties(&properties, device_.index()));
            return properties.name;
        }
#endif
        return "cpu";
    }

private:
#ifdef HRN_WITH_CUDA
    static void check(cudaError_t error) {
        if (error != cudaSuccess) {
            throw std::runtime_error(cudaGetErrorString(error));
        }
    }
    cudaEvent_t start_ = nullptr;
    cudaEvent_t end_ = nullptr;
#endif
    c10::Device device_;
};

}  // namespace hrn::bench
