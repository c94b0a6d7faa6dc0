// How long will this image take on this device? Learned from the service's own measured stage times, one
// model a device: seconds ~ a + b * megapixels + c * megabytes + d * work (least_squares.hpp). Beside it a
// model that is given the complexity score alone, and the plain mean, so that it can be shown how well each
// predicts
// (`hrn-ctl stats`): every image is predicted by all three before they learn from it.
//
// Pure; loop thread.
#pragma once

#include <cstddef>
#include <cstdint>

#include "supervisor/loop/estimate.hpp"
#include "supervisor/loop/least_squares.hpp"

namespace hrn::supervisor {

// Mean absolute errors over all images that were predicted, in seconds.
struct PredictionQuality {
    std::uint64_t count = 0;
    double mean_seconds = 0;
    double cost_error = 0;   // of the cost model
    double score_error = 0;  // of the score alone
    double mean_error = 0;   // of "as long as the others on average"
};

class CostModel {
public:
    // Before so many observations it predicts nothing.
    static constexpr std::uint64_t kTrained = 24;

    void learn(const Estimate& estimate, double seconds);
    [[nodiscard]] bool trained() const { return count_ >= kTrained; }
    // At least a tenth of the mean: a line may cross zero, a task's time does not.
    [[nodiscard]] double seconds(const Estimate& estimate) const;
    [[nodiscard]] double mean_seconds() const { return mean_; }
    [[nodiscard]] const PredictionQuality& quality() const { return quality_; }

private:
    LeastSquares<4> cost_;
    LeastSquares<2> score_;
    std::uint64_t count_ = 0;
    double mean_ = 0;
    PredictionQuality quality_;
};

}  // namespace hrn::supervisor
