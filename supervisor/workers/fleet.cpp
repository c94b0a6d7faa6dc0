#include "supervisor/workers/fleet.hpp"

#include <algorithm>

namespace hrn::supervisor {

void Fleet::open(const std::vector<DeviceSlot>& devices) {
    opened_ = true;
    for (const DeviceSlot& device : devices) {
        workers_.push_back(std::make_unique<Worker>(io_, host_, static_cast<int>(workers_.size()), device));
    }
    for (const auto& worker : workers_) {
        if (!drained_.contains(worker->slot().device)) {
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

std::size_t Fleet::drain_device(const std::string& device) {
    drained_.insert(device);
    std::size_t count = 0;
    for (const auto& worker : workers_) {
        if (worker->slot().device == device) {
            worker->drain(false);
            ++count;
        }
    }
    return count;
}

std::size_t Fleet::resume_device(const std::string& device) {
    drained_.erase(device);
    std::size_t count = 0;
    for (const auto& worker : workers_) {
        if (worker->slot().device == device) {
            worker->start();
            ++count;
        }
    }
    return count;
}

Worker* Fleet::find(int index) const {
    return index >= 0 && static_cast<std::size_t>(index) < workers_.size()
               ? workers_[static_cast<std::size_t>(index)].get()
               : nullptr;
}

}  // namespace hrn::supervisor
