// Online least squares: y ~ w . x, updated with each observation (recursive least squares with forgetting and
// a small ridge, so that features that never vary do no harm). O(n^2) an observation, no history. Pure.
#pragma once

#include <array>
#include <cmath>
#include <cstddef>

namespace hrn::supervisor {

template <std::size_t N>
class LeastSquares {
public:
    using Features = std::array<double, N>;

    LeastSquares() {
        for (std::size_t i = 0; i < N; ++i) {
            inverse_[i][i] = kFirstVariance;
        }
    }

    [[nodiscard]] double predict(const Features& x) const {
        double sum = 0;
        for (std::size_t i = 0; i < N; ++i) {
            sum += weights_[i] * x[i];
        }
        return sum;
    }

    // Observations that are not finite are left out.
    void learn(const Features& x, double y) {
        Features gain{};
        double denominator = kForget;
        for (std::size_t i = 0; i < N; ++i) {
            for (std::size_t j = 0; j < N; ++j) {
                gain[i] += inverse_[i][j] * x[j];
            }
            denominator += x[i] * gain[i];
        }
        const double error = y - predict(x);
        if (!std::isfinite(error) || !std::isfinite(denominator) || denominator <= 0) {
            return;
        }
        for (std::size_t i = 0; i < N; ++i) {
            weights_[i] += gain[i] / denominator * error;
        }
        for (std::size_t i = 0; i < N; ++i) {
            for (std::size_t j = 0; j < N; ++j) {
                double& cell = inverse_[i][j];
                cell = (cell - gain[i] * gain[j] / denominator) / kForget;
            }
            // What is not excited would grow without end by forgetting.
            inverse_[i][i] = std::fmin(inverse_[i][i], kFirstVariance);
        }
        ++count_;
    }

    [[nodiscard]] const Features& weights() const { return weights_; }
    [[nodiscard]] std::size_t count() const { return count_; }

private:
    static constexpr double kForget = 0.9995;  // remembers about 2,000 observations
    static constexpr double kFirstVariance = 1e4;

    Features weights_{};
    std::array<Features, N> inverse_{};
    std::size_t count_ = 0;
};

}  // namespace hrn::supervisor
