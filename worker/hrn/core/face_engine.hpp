// What reconstructs a batch of faces for the Core where the CPU's own pipeline does not: the device core.
//
// As Core: run() by one thread at a time, everything else constant or read by that thread.
#pragma once

#include <functional>
#include <span>
#include <vector>

#include "worker/hrn/core/core.hpp"

namespace hrn::core {

class FaceEngine {
public:
    virtual ~FaceEngine() = default;
    // As Core::run().
    [[nodiscard]] virtual std::vector<CoreResult> run(std::span<const AlignedFace> faces,
                                                      const std::function<void()>& progress) = 0;
    [[nodiscard]] virtual CoreTimes times() const = 0;
    [[nodiscard]] virtual std::vector<StageTime> last_stages() const = 0;
};

}  // namespace hrn::core
