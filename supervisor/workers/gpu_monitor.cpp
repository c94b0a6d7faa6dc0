#include "supervisor/workers/gpu_monitor.hpp"

#include <algorithm>
#include <condition_variable>
#include <filesystem>
#include <fstream>
#include <mutex>
#include <thread>
#include <utility>

namespace hrn::supervisor {
namespace {

constexpr auto kInterval = std::chrono::seconds(2);

std::string value_after(const std::string& line, const std::string& key) {
    if (!line.starts_with(key)) {
        return {};
    }
    const std::size_t begin = line.find_first_not_of(" \t", key.size());
    return begin == std::string::npos ? std::string() : line.substr(begin);
}

}  // namespace

std::optional<std::vector<GpuInfo>> list_gpus_of_driver(const std::string& root) {
    std::error_code error;
    std::vector<std::string> folders;
    for (std::filesystem::directory_iterator entry(root, error), end; !error && entry != end;
         entry.increment(error)) {
        folders.push_back(entry->path().string());
    }
    if (error) {
        return std::nullopt;
    }
    std::sort(folders.begin(), folders.end());  // they are named by their bus address
    std::vector<GpuInfo> gpus;
    for (const std::string& folder : folders) {
        std::ifstream file(folder + "/information");
        GpuInfo gpu;
        gpu.index = static_cast<int>(gpus.size());
        for (std::string line; std::getline(file, line);) {
            if (std::string model = value_after(line, "Model:"); !model.empty()) {
                gpu.name = std::move(model);
            } else if (std::string uuid = value_after(line, "GPU UUID:"); !uuid.empty()) {
                gpu.uuid = std::move(uuid);
            }
        }
        if (!gpu.uuid.empty()) {
            gpus.push_back(std::move(gpu));
        }
    }
    return gpus;
}

struct GpuMonitor::Shared {
    Post post;
    Listed listed;
    mutable std::mutex mutex;
    std::condition_variable ending;
    bool end = false;
    Snapshot snapshot;

    void publish(std::vector<GpuReading> readings) {
        const std::lock_guard lock(mutex);
        snapshot = {std::move(readings), Clock::now()};
    }
    // Announces the list, unless nobody waits for it any more.
    void announce(std::optional<std::vector<GpuInfo>> gpus, std::string why) {
        const std::lock_guard lock(mutex);
        if (!end) {
            post([function = listed, gpus = std::move(gpus), why = std::move(why)]() mutable {
                function(std::move(gpus), std::move(why));
            });
        }
    }
};

GpuMonitor::GpuMonitor(Post post, Listed listed) : shared_(std::make_shared<Shared>()) {
    shared_->post = std::move(post);
    shared_->listed = std::move(listed);
    std::thread([shared = shared_] { run(shared); }).detach();
}

GpuMonitor::~GpuMonitor() {
    const std::lock_guard lock(shared_->mutex);
    shared_->end = true;
    shared_->ending.notify_all();
}

GpuMonitor::Snapshot GpuMonitor::latest() const {
    const std::lock_guard lock(shared_->mutex);
    return shared_->snapshot;
}

void GpuMonitor::run(const std::shared_ptr<Shared>& shared) {
    std::string why;
    const std::unique_ptr<Nvml> nvml = Nvml::open(why);
    if (!nvml) {
        auto gpus = list_gpus_of_driver("/proc/driver/nvidia/gpus");
        if (!gpus) {
            // Neither library nor driver: a machine without GPUs, not an error.
            gpus = std::vector<GpuInfo>{};
        }
        shared->announce(std::move(gpus), why);
        return;
    }
    std::vector<GpuReading> readings = nvml->read();
    std::vector<GpuInfo> gpus;
    gpus.reserve(readings.size());
    for (const GpuReading& reading : readings) {
        gpus.push_back(reading.gpu);
    }
    shared->publish(std::move(readings));
    shared->announce(std::move(gpus), {});
    for (;;) {
        {
            std::unique_lock lock(shared->mutex);
            if (shared->ending.wait_for(lock, kInterval, [&] { return shared->end; })) {
                return;
            }
        }
        shared->publish(nvml->read());
    }
}

}  // namespace hrn::supervisor
