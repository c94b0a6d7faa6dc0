// Adam's numbers for the device, from the CPU's own function.
//
// Pure function, any thread.
#pragma once

#include "worker/hrn/core/cuda/texture_fit.hpp"
#include "worker/hrn/core/texture_fit.hpp"

namespace hrn::core {

inline cuda::FitSchedule fit_schedule() {
    static_assert(cuda::fit_steps == fit_steps);
    cuda::FitSchedule schedule{};
    for (int t = 1; t <= fit_steps; ++t) {
        const AdamStep step = adam_step(t);
        schedule.size[t - 1] = step.size;
        schedule.variance_scale[t - 1] = step.variance_scale;
    }
    return schedule;
}

}  // namespace hrn::core
