// Least squares of a few hundred unknowns: normal equations and a Cholesky factorisation.
//
// Owned and used by one thread; plain numbers, nothing can fail but a matrix that is not positive definite.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace hrn::core {

// A x = b with A = sum of w j j^T and b = sum of w r j over residual rows: the Gauss-Newton step.
class NormalEquations {
public:
    explicit NormalEquations(std::size_t unknowns);
    // One residual r (wanted minus predicted) with its derivatives by the unknowns and its weight.
    void add(std::span<const double> derivatives, double residual, double weight);
    // A pull of one unknown towards a value: weight * (x_i + current - value)^2.
    void add_prior(std::size_t unknown, double residual, double weight);
    // False if A + damping * diagonal(A) is not positive definite.
    [[nodiscard]] bool solve(double damping, std::span<double> x) const;

private:
    std::size_t n_;
    std::vector<double> a_;  // lower triangle, row-major n * n
    std::vector<double> b_;
};

}  // namespace hrn::core
