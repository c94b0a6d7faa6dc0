#include "supervisor/workers/devices.hpp"

#include <algorithm>
#include <charconv>
#include <map>

namespace hrn::supervisor {
namespace {

std::optional<int> as_index(const std::string& text) {
    int value = -1;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size() || value < 0) {
        return std::nullopt;
    }
    return value;
}

std::vector<std::string> split_list(const std::string& text) {
    std::vector<std::string> items;
    std::size_t begin = 0;
    while (begin <= text.size()) {
        const std::size_t end = std::min(text.find(',', begin), text.size());
        std::string item = text.substr(begin, end - begin);
        item.erase(0, item.find_first_not_of(' '));
        item.erase(item.find_last_not_of(' ') + 1);
        if (!item.empty()) {
            items.push_back(std::move(item));
        }
        begin = end + 1;
    }
    return items;
}

// As CUDA reads it: the list ends at the first entry that names no GPU, and an empty list hides them all.
std::vector<GpuInfo> visible(const std::vector<GpuInfo>& gpus, const std::optional<std::string>& variable) {
    if (!variable) {
        return gpus;
    }
    std::vector<GpuInfo> result;
    for (const std::string& item : split_list(*variable)) {
        const std::optional<int> index = as_index(item);
        const auto found = std::find_if(gpus.begin(), gpus.end(), [&](const GpuInfo& gpu) {
            return index ? gpu.index == *index : (item.size() >= 4 && gpu.uuid.starts_with(item));
        });
        if (found == gpus.end()) {
            break;
        }
        result.push_back(*found);
    }
    return result;
}

// The MIG instances that CUDA_VISIBLE_DEVICES names; they are not in the list of GPUs.
std::vector<std::string> visible_mig(const std::optional<std::string>& variable) {
    std::vector<std::string> result;
    for (const std::string& item : split_list(variable.value_or(""))) {
        if (item.starts_with("MIG-")) {
            result.push_back(item);
        }
    }
    return result;
}

std::string joined(const std::vector<std::string>& items) {
    std::string text;
    for (const std::string& item : items) {
        text.append(text.empty() ? "" : ", ").append(item);
    }
    return text;
}

DeviceSlot resolve_one(const std::string& name, const std::optional<std::vector<GpuInfo>>& gpus) {
    const std::optional<int> index = as_index(name);
    if (!gpus || !(index || name.starts_with("GPU-"))) {
        return {name, 0, {}};
    }
    const auto found = std::find_if(gpus->begin(), gpus->end(), [&](const GpuInfo& gpu) {
        return index ? gpu.index == *index : gpu.uuid.starts_with(name);
    });
    if (found == gpus->end()) {
        return {name, 0,
                "this machine has no GPU " + name + " (it has " + std::to_string(gpus->size()) +
                    "); correct workers.devices"};
    }
    if (!found->mig.empty()) {
        return {name, 0,
                "GPU " + name +
                    " is divided into MIG instances; name those in workers.devices: " + joined(found->mig)};
    }
    return {found->uuid, 0, {}};
}

}  // namespace

std::vector<DeviceSlot> resolve_devices(const std::vector<std::string>& configured, std::int64_t per_device,
                                        const std::optional<std::vector<GpuInfo>>& gpus,
                                        const std::optional<std::string>& cuda_visible_devices) {
    std::vector<DeviceSlot> devices;
    for (const std::string& name : configured) {
        if (name != "auto") {
            devices.push_back(resolve_one(name, gpus));
            continue;
        }
        for (const GpuInfo& gpu : visible(gpus.value_or(std::vector<GpuInfo>{}), cuda_visible_devices)) {
            if (gpu.mig.empty()) {
                devices.push_back({gpu.uuid, 0, {}});
            }
            for (const std::string& instance : gpu.mig) {
                devices.push_back({instance, 0, {}});
            }
        }
        for (const std::string& instance : visible_mig(cuda_visible_devices)) {
            devices.push_back({instance, 0, {}});
        }
    }
    if (devices.empty()) {
        devices.push_back({"cpu", 0, {}});
    }
    std::vector<DeviceSlot> slots;
    std::map<std::string, int> next_ordinal;
    for (const DeviceSlot& device : devices) {
        for (std::int64_t i = 0; i < std::max<std::int64_t>(1, per_device); ++i) {
            slots.push_back({device.device, next_ordinal[device.device]++, device.problem});
        }
    }
    return slots;
}

bool needs_gpu_list(const std::vector<std::string>& configured) {
    return std::any_of(configured.begin(), configured.end(),
                       [](const std::string& name) { return name != "cpu"; });
}

std::string visible_devices_of(const std::string& device) {
    return device == "cpu" ? std::string() : device;
}

}  // namespace hrn::supervisor
