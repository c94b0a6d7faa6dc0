// The device that a worker computes on, as far as LibTorch and the CUDA runtime tell about it, and the
// translation of their errors into the worker's. No other file of the worker asks LibTorch or CUDA about
// errors.
//
// Owned by HrnWork. All on the first infer thread while loading; then run() on all infer threads at once, and
// bytes_in_use() on any thread.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

namespace hrn::runtime {

class TorchDevice {
public:
    // `configured` is WorkerLaunch::device: "cpu", or anything else for the one CUDA device that this
    // process was started to see. Throws LoadFailed(device_lost) when there is none: never the CPU instead.
    explicit TorchDevice(const std::string& configured);

    [[nodiscard]] bool is_cpu() const { return cpu_; }
    [[nodiscard]] const std::string& torch_name() const { return torch_name_; }  // "cpu", "cuda:0"
    [[nodiscard]] const std::string& name() const { return name_; }  // "cpu", "NVIDIA H100 80GB HBM3"

    // Free and total device memory in bytes; nothing on the CPU.
    struct Memory {
        std::uint64_t free = 0;
        std::uint64_t total = 0;
    };
    [[nodiscard]] std::optional<Memory> memory() const;
    // No more than this share of the device for this process; larger demands become DeviceOutOfMemory.
    void limit_memory(std::uint64_t bytes);
    [[nodiscard]] std::uint64_t bytes_in_use() const;  // 0 on the CPU

    // Runs `body`, which uses the device, to its end. Errors of LibTorch come out as DeviceOutOfMemory (the
    // cache is emptied), DeviceFatal (the device answers nothing more), std::bad_alloc (memory of the
    // machine) or std::runtime_error with their first line; other exceptions as they are.
    void run(const std::function<void()>& body);

    // Memory that LibTorch keeps for later goes back to the device.
    void empty_cache() const;

private:
    [[nodiscard]] std::optional<std::string> sticky_error() const;

    bool cpu_;
    std::string torch_name_;
    std::string name_;
};

}  // namespace hrn::runtime
