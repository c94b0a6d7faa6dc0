#include "worker/runtime/hrn/torch_device.hpp"

#include <ATen/Context.h>
#include <c10/util/Exception.h>

#include <algorithm>
#include <exception>
#include <new>
#include <stdexcept>

#include "worker/runtime/work.hpp"
#ifdef HRN_WITH_CUDA
#include <c10/cuda/CUDACachingAllocator.h>
#include <cuda_runtime_api.h>
#endif

namespace hrn::runtime {

namespace {

// LibTorch appends a stack of its own to each message.
std::string first_line(const std::string& text) {
    return text.substr(0, text.find('\n'));
}

[[noreturn]] void no_device(const std::string& configured, const std::string& why) {
    throw LoadFailed(WorkerExit::device_lost, ErrorCode::device_lost,
                     "device \"" + configured + "\" is not there: " + why);
}

#ifdef HRN_WITH_CUDA
// As errors of our own CUDA calls end when the device's memory is full.
std::string out_of_memory_text() {
    return cudaGetErrorString(cudaErrorMemoryAllocation);
}

std::string name_of_first_device(const std::string& configured) {
    int count = 0;
    const cudaError_t error = cudaGetDeviceCount(&count);
    if (error != cudaSuccess || count == 0) {
        no_device(configured, error == cudaSuccess ? "no CUDA device is visible" : cudaGetErrorString(error));
    }
    cudaDeviceProp properties{};
    if (const cudaError_t failed = cudaGetDeviceProperties(&properties, 0); failed != cudaSuccess) {
        no_device(configured, cudaGetErrorString(failed));
    }
    return properties.name;
}
#else
std::string out_of_memory_text() {
    return "out of memory";
}

std::string name_of_first_device(const std::string& configured) {
    no_device(configured, "this LibTorch has no CUDA");
}
#endif

}  // namespace

TorchDevice::TorchDevice(const std::string& configured)
    : cpu_(configured == "cpu"),
      torch_name_(cpu_ ? "cpu" : "cuda:0"),
      name_(cpu_ ? "cpu" : name_of_first_device(configured)) {}

void TorchDevice::run(const std::function<void()>& body) {
    std::string trouble;
    bool memory = false;
    std::exception_ptr other;
    try {
        body();
        return;
    } catch (const c10::OutOfMemoryError& error) {
        trouble = first_line(error.what_without_backtrace());
        memory = true;
    } catch (const c10::Error& error) {
        trouble = first_line(error.what_without_backtrace());
    } catch (const std::runtime_error& error) {
        if (cpu_) {
            throw;
        }
        // Of a CUDA call of our own, or none of the device's business: the device says which.
        trouble = error.what();
        memory = trouble.find(out_of_memory_text()) != std::string::npos;
        other = std::current_exception();
    }
    // Outside the handler: the tensors that the exception held back are gone.
    if (const auto sticky = sticky_error()) {
        throw DeviceFatal("the device answers nothing more (" + *sticky + "): " + trouble);
    }
    if (cpu_) {
        // LibTorch's own allocator on the CPU has no exception of its own for it.
        if (memory || trouble.find("can't allocate memory") != std::string::npos) {
            throw std::bad_alloc();
        }
    } else if (memory) {
        empty_cache();
        throw DeviceOutOfMemory(trouble);
    }
    if (other) {
        std::rethrow_exception(other);
    }
    throw std::runtime_error(trouble);
}

#ifdef HRN_WITH_CUDA

std::optional<TorchDevice::Memory> TorchDevice::memory() const {
    std::size_t free = 0;
    std::size_t total = 0;
    if (cpu_ || cudaMemGetInfo(&free, &total) != cudaSuccess) {
        return std::nullopt;
    }
    return Memory{free, total};
}

void TorchDevice::limit_memory(std::uint64_t bytes) {
    const auto here = memory();
    if (here && here->total > 0) {
        const double share = static_cast<double>(bytes) / static_cast<double>(here->total);
        c10::cuda::CUDACachingAllocator::setMemoryFraction(std::min(share, 1.0), 0);
    }
}

std::uint64_t TorchDevice::bytes_in_use() const {
    if (cpu_) {
        return 0;
    }
    constexpr std::size_t kAllPools = 0;
    const auto stats = c10::cuda::CUDACachingAllocator::getDeviceStats(0);
    return static_cast<std::uint64_t>(stats.reserved_bytes[kAllPools].current);
}

std::optional<std::string> TorchDevice::sticky_error() const {
    if (cpu_) {
        return std::nullopt;
    }
    // The first call gives and clears an error that was only the last call's; what stays is sticky.
    static_cast<void>(cudaGetLastError());
    const cudaError_t error = cudaDeviceSynchronize();
    return error == cudaSuccess ? std::nullopt : std::optional<std::string>(cudaGetErrorString(error));
}

void TorchDevice::empty_cache() const {
    c10::cuda::CUDACachingAllocator::emptyCache();
}

#else

std::optional<TorchDevice::Memory> TorchDevice::memory() const {
    return std::nullopt;
}

void TorchDevice::limit_memory(std::uint64_t /*bytes*/) {}

std::uint64_t TorchDevice::bytes_in_use() const {
    return 0;
}

std::optional<std::string> TorchDevice::sticky_error() const {
    return std::nullopt;
}

void TorchDevice::empty_cache() const {}

#endif

}  // namespace hrn::runtime
