#include "supervisor/loop/cost_model.hpp"

#include <algorithm>
#include <cmath>

namespace hrn::supervisor {
namespace {

LeastSquares<4>::Features cost_features(const Estimate& estimate) {
    return {1, estimate.megapixels, estimate.megabytes, estimate.work};
}

LeastSquares<2>::Features score_features(const Estimate& estimate) {
    return {1, estimate.score};
}

}  // namespace

void CostModel::learn(const Estimate& estimate, double seconds) {
    if (!(seconds > 0) || !std::isfinite(seconds)) {
        return;
    }
    if (trained()) {
        const auto average = [&](double& mean, double value) {
            mean += (value - mean) / static_cast<double>(quality_.count);
        };
        ++quality_.count;
        average(quality_.mean_seconds, seconds);
        average(quality_.cost_error, std::abs(cost_.predict(cost_features(estimate)) - seconds));
        average(quality_.score_error, std::abs(score_.predict(score_features(estimate)) - seconds));
        average(quality_.mean_error, std::abs(mean_ - seconds));
    }
    cost_.learn(cost_features(estimate), seconds);
    score_.learn(score_features(estimate), seconds);
    ++count_;
    mean_ += (seconds - mean_) / static_cast<double>(count_);
}

double CostModel::seconds(const Estimate& estimate) const {
    return trained() ? std::max(mean_ / 10, cost_.predict(cost_features(estimate))) : mean_;
}

}  // namespace hrn::supervisor
