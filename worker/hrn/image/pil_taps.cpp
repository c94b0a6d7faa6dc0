#include "worker/hrn/image/pil_taps.hpp"

#include <algorithm>
#include <cmath>

namespace hrn::image {
namespace {

// The cubic convolution kernel with a = -0.5.
double kernel(double x) {
    constexpr double a = -0.5;
    x = std::abs(x);
    if (x < 1.0) {
        return ((a + 2.0) * x - (a + 3.0)) * x * x + 1;
    }
    if (x < 2.0) {
        return (((x - 5) * x + 8) * x - 4) * a;
    }
    return 0.0;
}

}  // namespace

PilTaps pil_taps(int source_size, std::int64_t new_size, std::int64_t first, int count) {
    const double ratio = static_cast<double>(source_size) / static_cast<double>(new_size);
    const double filter_scale = std::max(ratio, 1.0);
    const double support = 2.0 * filter_scale;
    PilTaps taps;
    taps.count = count;
    taps.stride = static_cast<std::size_t>(std::ceil(support)) * 2 + 1;
    taps.source_begin.resize(count);
    taps.source_count.resize(count);
    taps.weights.assign(taps.stride * count, 0);
    taps.lowest = source_size;
    std::vector<double> raw(taps.stride);
    for (int i = 0; i < count; ++i) {
        const double centre = (static_cast<double>(first + i) + 0.5) * ratio;
        const int begin = std::max(0, static_cast<int>(centre - support + 0.5));
        const int end = std::min(source_size, static_cast<int>(centre + support + 0.5));
        double sum = 0;
        for (int j = begin; j < end; ++j) {
            raw[j - begin] = kernel((j - centre + 0.5) * (1.0 / filter_scale));
            sum += raw[j - begin];
        }
        const double to_one = sum != 0 ? 1.0 / sum : 1.0;
        for (int j = begin; j < end; ++j) {
            const double weight = raw[j - begin] * to_one;
            const double scaled = weight * (1 << pil_precision_bits);
            taps.weights[taps.stride * i + (j - begin)] =
                static_cast<std::int32_t>(weight < 0 ? scaled - 0.5 : scaled + 0.5);
        }
        taps.source_begin[i] = begin;
        taps.source_count[i] = end - begin;
        taps.lowest = std::min(taps.lowest, begin);
        taps.end = std::max(taps.end, end);
    }
    return taps;
}

PilOverlap pil_overlap(std::int64_t begin, int size, std::int64_t new_size) {
    const std::int64_t first = std::clamp<std::int64_t>(-begin, 0, size);
    const std::int64_t end = std::clamp<std::int64_t>(new_size - begin, first, size);
    return {static_cast<int>(first), static_cast<int>(end - first)};
}

}  // namespace hrn::image
