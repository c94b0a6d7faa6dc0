// The few facts of NVML that are shown and used: which GPUs there are, and how they are. The library is
// opened at run time, so machines without a driver need nothing.
//
// One thread only, and not the loop's: NVML hangs when a GPU falls off the bus (design.md 3.5).
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "supervisor/machine/gpu_info.hpp"

namespace hrn::supervisor {

struct GpuReading {
    GpuInfo gpu;
    // Each is missing if the driver does not tell.
    std::optional<std::uint64_t> memory_used_bytes, memory_total_bytes;
    std::optional<unsigned> utilization_percent, temperature_celsius;
    std::optional<double> power_watts;
    std::optional<std::pair<int, int>> compute_capability;  // major, minor
};

class Nvml {
public:
    // Nothing without the library or a working driver; then `error` says what failed.
    [[nodiscard]] static std::unique_ptr<Nvml> open(std::string& error);
    ~Nvml();
    Nvml(const Nvml&) = delete;
    Nvml& operator=(const Nvml&) = delete;

    // "550.54.15"; empty if the driver does not tell.
    [[nodiscard]] std::string driver_version() const;
    // The newest CUDA that the driver takes programs of, 12040 for 12.4; nothing if it does not tell.
    [[nodiscard]] std::optional<int> cuda_version() const;
    // All GPUs in PCI bus order. A GPU that does not answer is left out.
    [[nodiscard]] std::vector<GpuReading> read() const;

private:
    struct Library;
    explicit Nvml(std::unique_ptr<Library> library);
    std::unique_ptr<Library> library_;
};

}  // namespace hrn::supervisor
