#include "worker/hrn/core/linear_basis.hpp"

#include <algorithm>
#include <array>
#include <stdexcept>

namespace hrn::core {
namespace {

constexpr std::size_t block = 1024;  // rows at a time: their sums stay in the first-level cache

}  // namespace

void LinearBasis::append(std::span<const float> numbers) {
    if (rows == 0 || numbers.size() % rows != 0) {
        throw std::invalid_argument("columns of a basis differ in length");
    }
    values.insert(values.end(), numbers.begin(), numbers.end());
    columns += numbers.size() / rows;
}

void evaluate(const LinearBasis& basis, std::size_t first, std::span<const float> coefficients,
              std::span<float> out, Team& team) {
    if (first + coefficients.size() > basis.columns || out.size() != basis.rows) {
        throw std::invalid_argument("coefficients or result do not fit the basis");
    }
    team.over(basis.rows, [&](std::size_t begin, std::size_t end) {
        std::array<double, block> sum{};
        for (std::size_t row = begin; row < end; row += block) {
            const std::size_t count = std::min(block, end - row);
            std::fill_n(sum.begin(), count, 0.0);
            for (std::size_t k = 0; k < coefficients.size(); ++k) {
                const float* column = basis.values.data() + (first + k) * basis.rows + row;
                const double c = coefficients[k];
                for (std::size_t r = 0; r < count; ++r) {
                    sum[r] += static_cast<double>(column[r]) * c;
                }
            }
            for (std::size_t r = 0; r < count; ++r) {
                out[row + r] = static_cast<float>(sum[r]);
            }
        }
    });
}

}  // namespace hrn::core
