// The core's operations run by the device's kernels, one face at a time with values of the host: what
// `hrn-model verify` and the parity tests call. The kernels are those of the DeviceCore; the copies around
// each of them make this useless for speed.
//
// Owned and called by one thread. DeviceError if the device fails.
#pragma once

#include <memory>

#include "worker/hrn/core/operations.hpp"

namespace hrn::core {

// Where in a batch the face lies; the other images of the batch hold zeros.
struct BatchPlace {
    int images = 1;
    int at = 0;
};

// For the current device. model must outlive it. fit_strips: as for cuda::plan_fit().
[[nodiscard]] std::unique_ptr<Operations> make_device_operations(const FaceModel& model,
                                                                 BatchPlace place = {}, int fit_strips = 0);

}  // namespace hrn::core
