// When each stage of a batch ended, told by the device itself: an event behind the last piece of its work.
// Marking does not wait.
//
// Owned by the DeviceCore, used by its thread. DeviceError if the device fails.
#pragma once

#include <cuda_runtime_api.h>

#include <string>
#include <utility>
#include <vector>

#include "worker/hrn/core/core.hpp"
#include "worker/hrn/core/device/device_array.hpp"

namespace hrn::core {

class StageClock {
public:
    StageClock() = default;
    ~StageClock() {
        for (const cudaEvent_t event : events_) {
            static_cast<void>(cudaEventDestroy(event));  // nothing can be done about it
        }
    }
    StageClock(const StageClock&) = delete;
    StageClock& operator=(const StageClock&) = delete;

    // A new batch begins.
    void start(cudaStream_t stream) {
        names_.clear();
        mark("", stream);
    }
    // The stage of this name ends here; `name` must be a literal.
    void mark(const char* name, cudaStream_t stream) {
        if (names_.size() == events_.size()) {
            cudaEvent_t event = nullptr;
            check_device(cudaEventCreateWithFlags(&event, cudaEventBlockingSync), "making an event");
            events_.push_back(event);
        }
        check_device(cudaEventRecord(events_[names_.size()], stream), "marking a stage");
        names_.push_back(name);
    }
    // Waits for the last mark, without spinning.
    void wait() const { check_device(cudaEventSynchronize(events_[names_.size() - 1]), "computing a batch"); }
    // After wait().
    [[nodiscard]] std::vector<StageTime> stages() const {
        std::vector<StageTime> out;
        for (std::size_t i = 1; i < names_.size(); ++i) {
            float milliseconds = 0;
            check_device(cudaEventElapsedTime(&milliseconds, events_[i - 1], events_[i]),
                         "telling its times");
            out.push_back({names_[i], static_cast<double>(milliseconds) / 1000});
        }
        return out;
    }

private:
    std::vector<cudaEvent_t> events_;  // kept for the next batch
    std::vector<const char*> names_;
};

}  // namespace hrn::core
