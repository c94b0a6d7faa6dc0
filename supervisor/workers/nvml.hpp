// The few numbers of NVML that are shown and used: which GPUs there are, and how they are. The library is
// opened at run time, so machines without a driver need nothing.
//
// One thread only, and not the loop's: NVML hangs when a GPU falls off the bus (design.md 3.5).
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "supervisor/workers/devices.hpp"

namespace hrn::supervisor {

struct GpuReading {
    GpuInfo gpu;
    // Each is missing if the driver does not tell.
    std::optional<std::uint64_t> memory_used_bytes, memory_total_bytes;
    std::optional<unsigned> utilization_percent, temperature_celsius;
    std::optional<double> power_watts;
};

class Nvml {
public:
    // Nothing without the library or a working driver; then `error` says what failed.
    [[nodiscard]] static std::unique_ptr<Nvml> open(std::string& error);
    ~Nvml();
    Nvml(const Nvml&) = delete;
    Nvml& operator=(const Nvml&) = delete;

    // All GPUs in PCI bus order. A GPU that does not answer is left out.
    [[nodiscard]] std::vector<GpuReading> read() const;

private:
    struct Library;
    explicit Nvml(std::unique_ptr<Library> library);
    std::unique_ptr<Library> library_;
};

}  // namespace hrn::supervisor
