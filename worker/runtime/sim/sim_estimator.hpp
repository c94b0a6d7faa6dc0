// hrn-worker-sim's Estimator: the service time that the task will be given, wrong by [simulated]
// estimate_noise (lognormal, the same for the same task). Says it at once; there is nothing to look at.
#pragma once

#include "shared/config.hpp"
#include "worker/runtime/estimate/estimator.hpp"

namespace hrn::runtime::sim {

class SimEstimator final : public Estimator {
public:
    explicit SimEstimator(const Config& config) : simulated_(config.simulated) {}
    [[nodiscard]] std::size_t header_bytes() const override { return 1; }
    [[nodiscard]] FirstLook by_header(const TaskId& id, std::span<const std::byte> begin,
                                      std::uint64_t file_bytes) override;
    [[nodiscard]] ImageCost by_image(const TaskId& id, std::span<const std::byte> file) override;

private:
    [[nodiscard]] ImageCost cost_of(const TaskId& id) const;
    const Config::Simulated simulated_;
};

}  // namespace hrn::runtime::sim
