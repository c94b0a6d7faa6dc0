// Which devices the service works on: what is configured, what the machine has, what an operator drained.
#include <algorithm>
#include <boost/asio/post.hpp>
#include <cstdlib>
#include <map>
#include <nlohmann/json.hpp>
#include <utility>

#include "shared/log.hpp"
#include "shared/text.hpp"
#include "supervisor/loop/supervisor.hpp"

namespace hrn::supervisor {
namespace {

constexpr const char* kAllDrained = "all_devices_drained";
constexpr const char* kGpuLost = "gpu_lost";
constexpr const char* kNvmlHangs = "nvml_hangs";
constexpr auto kGpuLookInterval = std::chrono::seconds(1);
constexpr auto kNvmlPatience = std::chrono::seconds(15);
constexpr std::size_t kShortestName = 8;  // of a device, unless it is named wholly

nlohmann::json device_event(const std::string& device, const std::string& text) {
    nlohmann::json event = {{"device", device}};
    if (!text.empty()) {
        event["text"] = text;
    }
    return event;
}

}  // namespace

// At the start, and again after a reload: GPUs may be wanted now.
void Supervisor::list_gpus() {
    if (needs_gpu_list(config_.workers.devices) && !gpu_monitor_) {
        gpu_monitor_ = std::make_unique<GpuMonitor>(
            [this](std::function<void()> function) { boost::asio::post(io_, std::move(function)); },
            [this](std::optional<std::vector<GpuInfo>> gpus, const std::string& why) {
                on_gpus_listed(std::move(gpus), why);
            });
    }
    apply_devices();
}

void Supervisor::on_gpus_listed(std::optional<std::vector<GpuInfo>> gpus, const std::string& why) {
    if (!why.empty()) {
        log::debug("NVML is not used", {{"because", why}});
    }
    problems_.clear(kGpusUnknown);
    gpus_ = std::move(gpus);
    gpus_known_ = true;
    apply_devices();
}

void Supervisor::apply_devices() {
    if (!recovered_ || stopping_ || (!gpus_known_ && needs_gpu_list(config_.workers.devices))) {
        return;
    }
    const char* visible = std::getenv("CUDA_VISIBLE_DEVICES");
    fleet_.set_devices(
        resolve_devices(config_.workers.devices, config_.workers.per_device, gpus_,
                        visible != nullptr ? std::optional<std::string>(visible) : std::nullopt));
    std::vector<WorkerPort*> ports;
    std::map<int, std::string> devices;
    for (const auto& worker : fleet_.workers()) {
        ports.push_back(worker.get());
        // A simulated worker is a device of its own, with a speed of its own.
        std::string device = worker->slot().device;
        if (config_.model.kind == "simulated") {
            device += '#';
            device += std::to_string(worker->index());
        }
        devices[worker->index()] = std::move(device);
    }
    costs_.set_workers(devices);
    dispatcher_.set_workers(std::move(ports));
    apply_scheduling();
    look_at_drained();
    schedule();
}

// A GPU that was there at the start and does not answer any more, and a driver that does not answer at all.
// The workers find that out for themselves; here it gets a name.
void Supervisor::look_at_gpus(TimePoint now) {
    if (!gpu_monitor_ || !gpus_ || now < next_gpu_look_) {
        return;
    }
    next_gpu_look_ = now + kGpuLookInterval;
    const GpuMonitor::Snapshot snapshot = gpu_monitor_->latest();
    if (!snapshot.time) {
        return;  // no NVML
    }
    const auto silent = std::chrono::duration_cast<std::chrono::seconds>(now - *snapshot.time);
    if (silent > kNvmlPatience) {
        problems_.set(kNvmlHangs,
                      "the driver has not answered for " + std::to_string(silent.count()) +
                          " s; a GPU may have fallen off the bus: look at the kernel's log",
                      unix_milliseconds_now());
    } else {
        problems_.clear(kNvmlHangs);
    }
    for (const GpuInfo& gpu : *gpus_) {
        const bool answers =
            std::any_of(snapshot.readings.begin(), snapshot.readings.end(),
                        [&](const GpuReading& reading) { return reading.gpu.uuid == gpu.uuid; });
        const std::string key = std::string(kGpuLost).append(":").append(gpu.uuid);
        if (answers) {
            problems_.clear(key);
        } else {
            problems_.set(key,
                          "GPU " + std::to_string(gpu.index) + " (" + gpu.name + ", " + gpu.uuid +
                              ") does not answer any more: look at the kernel's log (Xid)",
                          unix_milliseconds_now());
        }
    }
}

std::optional<std::string> Supervisor::device_named(const std::string& name) const {
    std::string wanted = name;
    if (!name.empty() && name.find_first_not_of("0123456789") == std::string::npos && gpus_) {
        const auto gpu = std::find_if(gpus_->begin(), gpus_->end(), [&](const GpuInfo& candidate) {
            return std::to_string(candidate.index) == name;
        });
        wanted = gpu == gpus_->end() ? name : gpu->uuid;
    }
    std::set<std::string> found;
    for (const Worker* worker : fleet_.shown()) {
        const std::string& device = worker->slot().device;
        if (device == wanted) {
            return device;
        }
        if (wanted.size() >= kShortestName && device.starts_with(wanted)) {
            found.insert(device);
        }
    }
    return found.size() == 1 ? std::optional(*found.begin()) : std::nullopt;
}

std::vector<int> Supervisor::drain_device(const std::string& device, const std::string& reason) {
    std::vector<int> workers = fleet_.drain_device(device, reason);
    log::info("device drained by a command", {{"device", device}, {"reason", reason}});
    events_->emit("device.drained", device_event(device, reason));
    drained_changed();
    return workers;
}

std::vector<int> Supervisor::resume_device(const std::string& device) {
    std::vector<int> workers = fleet_.resume_device(device);
    log::info("device resumed by a command", {{"device", device}});
    events_->emit("device.resumed", device_event(device, {}));
    drained_changed();
    return workers;
}

void Supervisor::drained_changed() {
    storage_->persist_drained_devices(fleet_.drained());
    look_at_drained();
}

// That an operator wanted it so is no trouble; that nothing at all can be computed is.
void Supervisor::look_at_drained() {
    const auto& workers = fleet_.workers();
    const bool none =
        !fleet_.drained().empty() && fleet_.opened() &&
        std::none_of(workers.begin(), workers.end(),
                     [this](const std::unique_ptr<Worker>& worker) { return fleet_.in_service(*worker); });
    if (none) {
        problems_.set(kAllDrained, "every device is drained, so nothing is computed: hrn-ctl device resume D",
                      unix_milliseconds_now());
    } else {
        problems_.clear(kAllDrained);
    }
}

}  // namespace hrn::supervisor
