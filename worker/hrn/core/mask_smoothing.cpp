#include "worker/hrn/core/mask_smoothing.hpp"

#include <algorithm>
#include <stdexcept>

namespace hrn::core {
namespace {

constexpr int radius = 5;

void require_mask(const Map& mask) {
    if (mask.channels != 1 || mask.height <= radius || mask.width <= radius) {
        throw std::invalid_argument("a mask must have one channel and be at least 6 x 6");
    }
}

int reflect(int i, int size) {
    if (i < 0) {
        return -i;
    }
    return i < size ? i : 2 * size - 2 - i;
}

}  // namespace

Map erode3(const Map& mask) {
    require_mask(mask);
    Map out(mask.height, mask.width, 1);
    for (int row = 0; row < mask.height; ++row) {
        for (int column = 0; column < mask.width; ++column) {
            float least = *mask.at(row, column);
            for (int r = std::max(row - 1, 0); r <= std::min(row + 1, mask.height - 1); ++r) {
                for (int c = std::max(column - 1, 0); c <= std::min(column + 1, mask.width - 1); ++c) {
                    least = std::min(least, *mask.at(r, c));
                }
            }
            *out.at(row, column) = least;
        }
    }
    return out;
}

Map blur11(const Map& mask, Team& team) {
    require_mask(mask);
    Map sums(mask.height, mask.width, 1);  // over 11 columns
    Map out(mask.height, mask.width, 1);
    team.over(static_cast<std::size_t>(mask.height), [&](std::size_t begin, std::size_t end) {
        for (int row = static_cast<int>(begin); row < static_cast<int>(end); ++row) {
            for (int column = 0; column < mask.width; ++column) {
                float sum = 0;
                for (int k = -radius; k <= radius; ++k) {
                    sum += *mask.at(row, reflect(column + k, mask.width));
                }
                *sums.at(row, column) = sum;
            }
        }
    });
    team.over(static_cast<std::size_t>(mask.height), [&](std::size_t begin, std::size_t end) {
        for (int row = static_cast<int>(begin); row < static_cast<int>(end); ++row) {
            for (int column = 0; column < mask.width; ++column) {
                float sum = 0;
                for (int k = -radius; k <= radius; ++k) {
                    sum += *sums.at(reflect(row + k, mask.height), column);
                }
                *out.at(row, column) = sum / 121.0F;
            }
        }
    });
    return out;
}

}  // namespace hrn::core
