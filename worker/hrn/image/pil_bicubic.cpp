#include "worker/hrn/image/pil_bicubic.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <stdexcept>

namespace hrn::image {
namespace {

constexpr int precision_bits = 22;
constexpr int channels = 3;

// What the outputs first .. first + count - 1 of one axis are made of.
struct Taps {
    int first = 0;
    int count = 0;
    std::vector<int> source_begin;      // per output
    std::vector<int> source_count;      // per output
    std::vector<std::int32_t> weights;  // fixed point, `stride` per output
    std::size_t stride = 0;
    int lowest = 0;  // source range that any of the outputs needs
    int end = 0;
};

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

Taps make_taps(int source_size, std::int64_t new_size, std::int64_t first, int count) {
    const double ratio = static_cast<double>(source_size) / static_cast<double>(new_size);
    const double filter_scale = std::max(ratio, 1.0);
    const double support = 2.0 * filter_scale;
    Taps taps;
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
            const double scaled = weight * (1 << precision_bits);
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

std::uint8_t to_byte(std::int32_t accumulated) {
    return static_cast<std::uint8_t>(std::clamp(accumulated >> precision_bits, 0, 255));
}

constexpr std::int32_t half = 1 << (precision_bits - 1);

// One row: `count` outputs from a source row of pixels.
void resample_row(const std::uint8_t* source, const Taps& taps, std::uint8_t* out) {
    for (int i = 0; i < taps.count; ++i) {
        const std::int32_t* weights = taps.weights.data() + taps.stride * i;
        const std::uint8_t* pixel = source + std::ptrdiff_t{channels} * taps.source_begin[i];
        std::int32_t red = half;
        std::int32_t green = half;
        std::int32_t blue = half;
        for (int j = 0; j < taps.source_count[i]; ++j, pixel += channels) {
            red += weights[j] * pixel[0];
            green += weights[j] * pixel[1];
            blue += weights[j] * pixel[2];
        }
        out[channels * i] = to_byte(red);
        out[channels * i + 1] = to_byte(green);
        out[channels * i + 2] = to_byte(blue);
    }
}

// The part of the window that lies inside the resized image.
struct Overlap {
    int first = 0;  // in the window
    int count = 0;
};

Overlap overlap(std::int64_t begin, int size, std::int64_t new_size) {
    const std::int64_t first = std::clamp<std::int64_t>(-begin, 0, size);
    const std::int64_t end = std::clamp<std::int64_t>(new_size - begin, first, size);
    return {static_cast<int>(first), static_cast<int>(end - first)};
}

}  // namespace

std::vector<std::uint8_t> pil_bicubic(std::span<const std::uint8_t> rgb, int width, int height,
                                      std::int64_t new_width, std::int64_t new_height, const Window& window) {
    if (width < 1 || height < 1 || new_width < 1 || new_height < 1 || window.width < 1 || window.height < 1 ||
        rgb.size() !=
            std::size_t{channels} * static_cast<std::size_t>(width) * static_cast<std::size_t>(height)) {
        throw std::invalid_argument("pil_bicubic: sizes must be positive and the pixels complete");
    }
    std::vector<std::uint8_t> result(std::size_t{channels} * window.width * window.height);
    const Overlap across = overlap(window.left, window.width, new_width);
    const Overlap down = overlap(window.top, window.height, new_height);
    if (across.count == 0 || down.count == 0) {
        return result;
    }
    const std::int64_t first_column = window.left + across.first;
    const std::int64_t first_row = window.top + down.first;
    const bool rows_change = new_height != height;
    Taps vertical;
    if (rows_change) {
        vertical = make_taps(height, new_height, first_row, down.count);
    } else {  // this pass is skipped: the rows are taken as they are
        vertical.lowest = static_cast<int>(first_row);
        vertical.end = static_cast<int>(first_row) + down.count;
    }

    // Horizontal pass over the source rows that the window needs, stored as bytes like PIL does.
    const std::size_t row_bytes = std::size_t{channels} * across.count;
    std::vector<std::uint8_t> between(row_bytes * (vertical.end - vertical.lowest));
    const bool columns_change = new_width != width;
    const Taps horizontal = columns_change ? make_taps(width, new_width, first_column, across.count) : Taps{};
    for (int y = vertical.lowest; y < vertical.end; ++y) {
        const std::uint8_t* source = rgb.data() + std::size_t{channels} * width * y;
        std::uint8_t* out = between.data() + row_bytes * (y - vertical.lowest);
        if (columns_change) {
            resample_row(source, horizontal, out);
        } else {
            std::copy_n(source + std::size_t{channels} * first_column, row_bytes, out);
        }
    }

    // Vertical pass, a whole row of sums at a time.
    std::vector<std::int32_t> sums(row_bytes);
    for (int i = 0; i < down.count; ++i) {
        std::uint8_t* out = result.data() + std::size_t{channels} *
                                                (std::size_t(window.width) * (down.first + i) + across.first);
        if (!rows_change) {
            std::copy_n(between.data() + row_bytes * i, row_bytes, out);
            continue;
        }
        std::fill(sums.begin(), sums.end(), half);
        for (int j = 0; j < vertical.source_count[i]; ++j) {
            const std::int32_t weight = vertical.weights[vertical.stride * i + j];
            const std::uint8_t* row =
                between.data() + row_bytes * (vertical.source_begin[i] + j - vertical.lowest);
            for (std::size_t x = 0; x < row_bytes; ++x) {
                sums[x] += weight * row[x];
            }
        }
        for (std::size_t x = 0; x < row_bytes; ++x) {
            out[x] = to_byte(sums[x]);
        }
    }
    return result;
}

}  // namespace hrn::image
