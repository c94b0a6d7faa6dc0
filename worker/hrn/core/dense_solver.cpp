#include "worker/hrn/core/dense_solver.hpp"

#include <cmath>

namespace hrn::core {

NormalEquations::NormalEquations(std::size_t unknowns)
    : n_(unknowns), a_(unknowns * unknowns), b_(unknowns) {}

void NormalEquations::add(std::span<const double> derivatives, double residual, double weight) {
    for (std::size_t i = 0; i < n_; ++i) {
        const double wi = weight * derivatives[i];
        b_[i] += wi * residual;
        for (std::size_t j = 0; j <= i; ++j) {
            a_[i * n_ + j] += wi * derivatives[j];
        }
    }
}

void NormalEquations::add_prior(std::size_t unknown, double residual, double weight) {
    a_[unknown * n_ + unknown] += weight;
    b_[unknown] += weight * residual;
}

bool NormalEquations::solve(double damping, std::span<double> x) const {
    std::vector<double> l = a_;
    for (std::size_t i = 0; i < n_; ++i) {
        l[i * n_ + i] *= 1.0 + damping;
    }
    for (std::size_t i = 0; i < n_; ++i) {
        for (std::size_t j = 0; j <= i; ++j) {
            double sum = l[i * n_ + j];
            for (std::size_t k = 0; k < j; ++k) {
                sum -= l[i * n_ + k] * l[j * n_ + k];
            }
            if (i != j) {
                l[i * n_ + j] = sum / l[j * n_ + j];
            } else if (sum > 0) {
                l[i * n_ + i] = std::sqrt(sum);
            } else {
                return false;  // NaN comes here too
            }
        }
    }
    for (std::size_t i = 0; i < n_; ++i) {
        double sum = b_[i];
        for (std::size_t k = 0; k < i; ++k) {
            sum -= l[i * n_ + k] * x[k];
        }
        x[i] = sum / l[i * n_ + i];
    }
    for (std::size_t i = n_; i-- > 0;) {
        double sum = x[i];
        for (std::size_t k = i + 1; k < n_; ++k) {
            sum -= l[k * n_ + i] * x[k];
        }
        x[i] = sum / l[i * n_ + i];
    }
    return true;
}

}  // namespace hrn::core
