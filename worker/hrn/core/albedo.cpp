#include "worker/hrn/core/albedo.hpp"

#include <algorithm>
#include <array>
#include <stdexcept>

namespace hrn::core {
namespace {

constexpr std::size_t side = 2UL * uv_size;
constexpr std::size_t count = 80;

// The four values of the 2x2 block of (row, column, channel) in the 512 map.
std::array<std::size_t, 4> block_of(std::size_t row, std::size_t column, std::size_t channel) {
    const std::size_t first = ((2 * row) * side + 2 * column) * 3 + channel;
    return {first, first + 3, first + 3 * side, first + 3 * side + 3};
}

}  // namespace

AlbedoModel reduce_albedo(std::span<const float> mean_512, std::span<const float> basis_512, Team& team) {
    if (mean_512.size() != side * side * 3 || basis_512.size() != side * side * 3 * count) {
        throw std::invalid_argument("the texture model is not 512 x 512 x 3 with 80 columns");
    }
    AlbedoModel model;
    const std::size_t rows = static_cast<std::size_t>(uv_size) * uv_size * 3;
    model.mean.resize(rows);
    model.basis.rows = rows;
    model.basis.columns = count;
    model.basis.values.resize(rows * count);
    team.over(uv_size, [&](std::size_t begin, std::size_t end) {
        constexpr std::size_t wide = 3UL * uv_size;
        std::vector<float> columns(count * wide);  // one row of the map, turned: written in long runs below
        for (std::size_t row = begin; row < end; ++row) {
            for (std::size_t i = 0; i < wide; ++i) {
                double mean = 0;
                std::array<double, count> sums{};
                for (const std::size_t texel : block_of(row, i / 3, i % 3)) {
                    mean += mean_512[texel];
                    for (std::size_t k = 0; k < count; ++k) {
                        sums[k] += basis_512[texel * count + k];
                    }
                }
                model.mean[row * wide + i] = static_cast<float>(mean / 4);
                for (std::size_t k = 0; k < count; ++k) {
                    columns[k * wide + i] = static_cast<float>(sums[k] / 4);
                }
            }
            for (std::size_t k = 0; k < count; ++k) {
                std::copy_n(columns.data() + k * wide, wide,
                            model.basis.values.data() + k * rows + row * wide);
            }
        }
    });
    return model;
}

Map albedo_map(const AlbedoModel& model, std::span<const float> coefficients, Team& team) {
    Map out(uv_size, uv_size, 3);
    evaluate(model.basis, 0, coefficients, out.values, team);
    for (std::size_t i = 0; i < out.values.size(); ++i) {
        out.values[i] = (out.values[i] + model.mean[i]) / 255.0F;
    }
    return out;
}

}  // namespace hrn::core
