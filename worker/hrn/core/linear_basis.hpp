// A matrix that turns coefficients into many numbers: shape (core.md 4) and albedo (core.md 6).
//
// Immutable after it was made; any thread. Sizes that do not fit are bugs of the caller
// (std::invalid_argument).
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "worker/hrn/core/team.hpp"

namespace hrn::core {

struct LinearBasis {
    std::size_t rows = 0;
    std::size_t columns = 0;
    std::vector<float> values;  // column after column: the sum runs along memory

    // Adds columns on the right: whole columns of `rows` numbers, one after the other.
    void append(std::span<const float> numbers);
};

// out[r] = sum over k of basis[r, first + k] * coefficients[k], for the columns from `first` on. Summed in
// float64 and rounded once: the result does not depend on the order of summation, so that a device can give
// the same bits.
void evaluate(const LinearBasis& basis, std::size_t first, std::span<const float> coefficients,
              std::span<float> out, Team& team);

}  // namespace hrn::core
