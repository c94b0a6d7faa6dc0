#include "worker/hrn/core/resize.hpp"

#include <algorithm>
#include <vector>

namespace hrn::core {
namespace {

struct Tap {
    int first, second;
    float first_weight, second_weight;
};

std::vector<Tap> taps_of(int from, int to) {
    std::vector<Tap> taps(static_cast<std::size_t>(to));
    const float scale = static_cast<float>(from) / static_cast<float>(to);
    for (int i = 0; i < to; ++i) {
        const float source = std::max(0.0F, (static_cast<float>(i) + 0.5F) * scale - 0.5F);
        const int first = std::min(static_cast<int>(source), from - 1);
        const float weight = source - static_cast<float>(first);
        taps[static_cast<std::size_t>(i)] = {first, std::min(first + 1, from - 1), 1.0F - weight, weight};
    }
    return taps;
}

}  // namespace

Map resize_bilinear(const Map& image, int height, int width, Team& team) {
    if (height == image.height && width == image.width) {
        return image;
    }
    const std::vector<Tap> rows = taps_of(image.height, height);
    const std::vector<Tap> columns = taps_of(image.width, width);
    const auto channels = static_cast<std::size_t>(image.channels);
    Map out(height, width, image.channels);
    team.over(rows.size(), [&](std::size_t begin, std::size_t end) {
        for (std::size_t r = begin; r < end; ++r) {
            const Tap& row = rows[r];
            float* value = out.at(static_cast<int>(r), 0);
            for (const Tap& column : columns) {
                const float* a = image.at(row.first, column.first);
                const float* b = image.at(row.first, column.second);
                const float* c = image.at(row.second, column.first);
                const float* d = image.at(row.second, column.second);
                for (std::size_t ch = 0; ch < channels; ++ch) {
                    *value++ =
                        row.first_weight * (column.first_weight * a[ch] + column.second_weight * b[ch]) +
                        row.second_weight * (column.first_weight * c[ch] + column.second_weight * d[ch]);
                }
            }
        }
    });
    return out;
}

}  // namespace hrn::core
