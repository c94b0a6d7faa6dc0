#include "worker/hrn/core/linear_basis.hpp"

#include <algorithm>
#include <stdexcept>

namespace hrn::core {
namespace {

constexpr std::size_t block = 2048;  // rows at a time: their sums stay in the first-level cache

}  // namespace

LinearBasis LinearBasis::from_rows(std::size_t rows, std::span<const Part> parts) {
    LinearBasis basis;
    basis.rows = rows;
    for (const Part& part : parts) {
        if (part.values.size() != rows * part.columns) {
            throw std::invalid_argument("a basis part has not the promised size");
        }
        basis.columns += part.columns;
    }
    basis.values.resize(rows * basis.columns);
    std::size_t first = 0;
    for (const Part& part : parts) {
        constexpr std::size_t tile = 64;  // a tile of both layouts fits the cache
        for (std::size_t begin = 0; begin < rows; begin += tile) {
            const std::size_t end = std::min(rows, begin + tile);
            for (std::size_t k = 0; k < part.columns; ++k) {
                float* out = basis.values.data() + (first + k) * rows;
                for (std::size_t r = begin; r < end; ++r) {
                    out[r] = part.values[r * part.columns + k];
                }
            }
        }
        first += part.columns;
    }
    return basis;
}

void evaluate(const LinearBasis& basis, std::span<const float> coefficients, std::span<const float> offset,
              std::span<float> out, Team& team) {
    if (coefficients.size() != basis.columns || offset.size() != basis.rows || out.size() != basis.rows) {
        throw std::invalid_argument("coefficients, offset or result do not fit the basis");
    }
    team.over(basis.rows, [&](std::size_t begin, std::size_t end) {
        for (std::size_t first = begin; first < end; first += block) {
            const std::size_t count = std::min(block, end - first);
            float* sum = out.data() + first;
            std::fill(sum, sum + count, 0.0F);
            for (std::size_t k = 0; k < basis.columns; ++k) {
                const float* column = basis.values.data() + k * basis.rows + first;
                const float c = coefficients[k];
                for (std::size_t r = 0; r < count; ++r) {
                    sum[r] += column[r] * c;
                }
            }
            for (std::size_t r = 0; r < count; ++r) {
                sum[r] += offset[first + r];
            }
        }
    });
}

}  // namespace hrn::core
