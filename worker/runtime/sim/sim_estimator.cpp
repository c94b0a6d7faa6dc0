#include "worker/runtime/sim/sim_estimator.hpp"

#include <algorithm>

#include "shared/complexity_score.hpp"
#include "worker/runtime/sim/sim_plan.hpp"

namespace hrn::runtime::sim {

ImageCost SimEstimator::cost_of(const TaskId& id) const {
    const double estimate_ms = estimated_ms(simulated_, id);
    // The score of a simulated image: where its time lies between none and four times the mean.
    const double share = estimate_ms / std::max(1e-9, 4 * simulated_.service_ms);
    return {0, std::clamp(share, kLowestScore, 1.0), std::max(1e-9, estimate_ms / 1000)};
}

Estimator::FirstLook SimEstimator::by_header(const TaskId& id, std::span<const std::byte>, std::uint64_t) {
    return {cost_of(id), true};
}

ImageCost SimEstimator::by_image(const TaskId& id, std::span<const std::byte>) {
    return cost_of(id);
}

}  // namespace hrn::runtime::sim
