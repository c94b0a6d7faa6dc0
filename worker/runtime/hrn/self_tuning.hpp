// What "auto" means on the device at hand: loads the core in the precision that passes the self-check, and
// finds the batch size, or recalls both from an earlier start (tuning_memory.hpp).
//
// Infer thread, while loading. Throws what loading a core throws, and errors of the device as TorchDevice
// translates them.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "worker/hrn/core/core.hpp"
#include "worker/runtime/hrn/torch_device.hpp"
#include "worker/runtime/hrn/tuning_memory.hpp"

namespace hrn::runtime {

class SelfTuning {
public:
    SelfTuning(TorchDevice& device, const std::string& model_id);

    using LoadCore = std::function<std::unique_ptr<core::Core>(const std::string& precision)>;

    struct LoadedCore {
        std::unique_ptr<core::Core> core;
        std::string precision;
    };
    // The CPU: fp32, without a check.
    [[nodiscard]] LoadedCore core_of_best_precision(const LoadCore& load);

    // The CPU: 1, without a search.
    [[nodiscard]] int best_batch_size(core::Core& core);

private:
    void keep();

    TorchDevice& device_;
    TuningMemory memory_;
    Tuning tuning_;
};

}  // namespace hrn::runtime
