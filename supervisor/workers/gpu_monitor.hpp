// Lists the machine's GPUs once and then watches them, on a thread of its own that may hang without anybody
// waiting for it (design.md 3.5). What is read carries its age.
//
// Constructed and asked on the loop thread. The list comes from NVML, else from /proc/driver/nvidia.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "supervisor/machine/nvml.hpp"
#include "supervisor/workers/clock.hpp"

namespace hrn::supervisor {

class GpuMonitor {
public:
    // Nothing: the machine's GPUs could not be listed, `why` says what failed.
    using Listed = std::function<void(std::optional<std::vector<GpuInfo>> gpus, std::string why)>;
    // Runs a function on the loop thread.
    using Post = std::function<void(std::function<void()>)>;

    GpuMonitor(Post post, Listed listed);
    // Lets the thread go; it ends by itself when it can.
    ~GpuMonitor();
    GpuMonitor(const GpuMonitor&) = delete;
    GpuMonitor& operator=(const GpuMonitor&) = delete;

    struct Snapshot {
        std::vector<GpuReading> readings;
        std::optional<TimePoint> time;  // when it was read; nothing: never
    };
    [[nodiscard]] Snapshot latest() const;

private:
    struct Shared;
    static void run(const std::shared_ptr<Shared>& shared);
    std::shared_ptr<Shared> shared_;
};

// The GPUs below `root` (/proc/driver/nvidia/gpus), in PCI bus order; nothing if there is no such folder.
[[nodiscard]] std::optional<std::vector<GpuInfo>> list_gpus_of_driver(const std::string& root);

}  // namespace hrn::supervisor
