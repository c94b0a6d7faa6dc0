#include "supervisor/workers/fleet.hpp"

#include <algorithm>

namespace hrn::supervisor {

void Fleet::set_devices(const std::vector<DeviceSlot>& devices) {
    opened_ = true;
    for (const auto& worker : workers_) {
        const bool wanted = std::find(devices.begin(), devices.end(), worker->slot()) != devices.end();
        if (!wanted && retired_.insert(worker->index()).second) {
            worker->drain(false);
        }
    }
    for (const DeviceSlot& device : devices) {
        const auto found = std::find_if(workers_.begin(), workers_.end(),
                                        [&](const auto& worker) { return worker->slot() == device; });
        Worker* worker = nullptr;
        if (found == workers_.end()) {
            const int index = static_cast<int>(workers_.size());
            worker = workers_.emplace_back(std::make_unique<Worker>(io_, host_, index, device)).get();
        } else if (retired_.erase((*found)->index()) > 0) {
            worker = found->get();
        }
        if (worker != nullptr && in_service(*worker)) {
            worker->start();
        }
    }
}

void Fleet::tick(TimePoint now) {
    for (const auto& worker : workers_) {
        worker->tick(now);
    }
}

void Fleet::drain_all() {
    for (const auto& worker : workers_) {
        worker->drain(false);
    }
}

void Fleet::stop_all(bool hard) {
    for (const auto& worker : workers_) {
        worker->stop(hard);
    }
}

bool Fleet::all_ended() const {
    return std::all_of(workers_.begin(), workers_.end(), [](const auto& worker) {
        return worker->state() == WorkerState::stopped || worker->unkillable();
    });
}

std::optional<std::string> Fleet::drain_reason(const std::string& device) const {
    const auto found = drained_.find(device);
    return found == drained_.end() ? std::nullopt : std::optional(found->second);
}

std::vector<int> Fleet::drain_device(const std::string& device, const std::string& reason) {
    std::vector<int> indices;
    for (Worker* worker : of_device(device)) {
        drained_[device] = reason;
        worker->drain(false);
        indices.push_back(worker->index());
    }
    return indices;
}

std::vector<int> Fleet::resume_device(const std::string& device) {
    std::vector<int> indices;
    for (Worker* worker : of_device(device)) {
        drained_.erase(device);
        worker->start();
        indices.push_back(worker->index());
    }
    return indices;
}

std::vector<Worker*> Fleet::of_device(const std::string& device) const {
    std::vector<Worker*> found;
    for (const auto& worker : workers_) {
        if (worker->slot().device == device && !retired_.contains(worker->index())) {
            found.push_back(worker.get());
        }
    }
    return found;
}

std::vector<Worker*> Fleet::shown() const {
    std::vector<Worker*> shown;
    for (const auto& worker : workers_) {
        if (!retired_.contains(worker->index()) || worker->state() != WorkerState::stopped) {
            shown.push_back(worker.get());
        }
    }
    return shown;
}

bool Fleet::in_service(const Worker& worker) const {
    return !retired_.contains(worker.index()) && !drained_.contains(worker.slot().device);
}

Worker* Fleet::find(int index) const {
    return index >= 0 && static_cast<std::size_t>(index) < workers_.size()
               ? workers_[static_cast<std::size_t>(index)].get()
               : nullptr;
}

}  // namespace hrn::supervisor
