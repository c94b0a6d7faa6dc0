#include "worker/runtime/stage_threads.hpp"

#include <sched.h>

#include <algorithm>

#include "shared/segment.hpp"

namespace hrn::runtime {

namespace {

// More than these are never behind one device.
constexpr int kMostDecoders = 12;
constexpr int kMostOthers = 16;
constexpr int kGpuLanes = 6;  // one in the core, the others in the front end's four networks

// Workers of this configuration that are known to share the cores. "auto" may find any number of devices;
// threads that turn out too many only wait.
int sharing_workers(const Config::Workers& workers) {
    const bool listed = !workers.devices.empty() && workers.devices.front() != "auto";
    const auto devices = listed ? static_cast<int>(workers.devices.size()) : 1;
    return std::max(1, devices * static_cast<int>(workers.per_device));
}

int configured_or(std::int64_t configured, int chosen) {
    return configured > 0 ? static_cast<int>(configured) : chosen;
}

}  // namespace

StageThreads choose_stage_threads(const Config::Workers& workers, const std::string& device, int cores) {
    const int share = std::max(1, cores / sharing_workers(workers));
    const bool on_cpu = device == "cpu";
    StageThreads threads;
    threads.decode =
        configured_or(workers.decode_threads, on_cpu ? 1 : std::clamp(3 * share / 4, 1, kMostDecoders));
    threads.write = configured_or(workers.write_threads, on_cpu ? 1 : std::clamp(share, 1, kMostOthers));
    threads.infer = on_cpu ? share : std::clamp(share, 1, kMostOthers);
    threads.lanes = on_cpu ? 1 : kGpuLanes;
    return threads;
}

int lanes_for_batch(int most, int batch_size) {
    return std::clamp(3 * kMaxInFlight / (4 * std::max(batch_size, 1)), 1, std::max(most, 1));
}

int usable_cores() {
    cpu_set_t set;
    CPU_ZERO(&set);
    if (::sched_getaffinity(0, sizeof(set), &set) != 0) {
        return 1;
    }
    return std::max(1, CPU_COUNT(&set));
}

}  // namespace hrn::runtime
