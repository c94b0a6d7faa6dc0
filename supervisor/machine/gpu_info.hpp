// A GPU of this machine as it is named. A plain value.
#pragma once

#include <string>
#include <vector>

namespace hrn::supervisor {

struct GpuInfo {
    int index = 0;     // in PCI bus order
    std::string uuid;  // "GPU-…"
    std::string name;
    std::vector<std::string> mig{};  // "MIG-…" of its instances, if it is divided: CUDA then has no whole GPU

    bool operator==(const GpuInfo&) const = default;
};

}  // namespace hrn::supervisor
