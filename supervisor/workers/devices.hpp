// Which device each worker slot gets (design.md 7): what stands in [workers] devices, resolved against the
// GPUs of this machine. Pure; the list of GPUs comes from gpu_monitor.hpp.
//
// "auto" means every GPU that CUDA_VISIBLE_DEVICES of the service leaves visible, or its MIG instances, else
// one CPU worker. A GPU is named by its UUID from then on, because indices change when a GPU falls off the
// bus.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "shared/worker_launch.hpp"
#include "supervisor/machine/gpu_info.hpp"

namespace hrn::supervisor {

struct DeviceSlot {
    std::string device;   // "cpu", "GPU-<uuid>", "MIG-<uuid>", or an index that could not be resolved
    int ordinal = 0;      // 0 for the first worker of this device, 1 for the second, …
    std::string problem;  // empty, or why no worker can run on it
    WorkerRole role = WorkerRole::compute;

    bool operator==(const DeviceSlot&) const = default;
};

// `gpus`: nothing if the machine's GPUs could not be listed; then indices are passed on as they are.
[[nodiscard]] std::vector<DeviceSlot> resolve_devices(const std::vector<std::string>& configured,
                                                      std::int64_t per_device,
                                                      const std::optional<std::vector<GpuInfo>>& gpus,
                                                      const std::optional<std::string>& cuda_visible_devices);

// True if any slot can be a GPU, so that the machine's GPUs must be listed before workers start.
[[nodiscard]] bool needs_gpu_list(const std::vector<std::string>& configured);

// What a worker of this device gets as CUDA_VISIBLE_DEVICES; empty for "cpu".
[[nodiscard]] std::string visible_devices_of(const std::string& device);

}  // namespace hrn::supervisor
