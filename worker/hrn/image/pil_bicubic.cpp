#include "worker/hrn/image/pil_bicubic.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstring>
#include <memory>
#include <stdexcept>

#include "worker/hrn/cpu_clones.hpp"
#include "worker/hrn/image/pil_taps.hpp"

namespace hrn::image {
namespace {

constexpr int precision_bits = pil_precision_bits;
constexpr int channels = 3;

constexpr std::int32_t half = 1 << (precision_bits - 1);

// Sixteen numbers at once: GCC's and Clang's vector extension, cut to what the processor has.
constexpr int lanes = 16;
using Sums [[gnu::vector_size(4 * lanes)]] = std::int32_t;
using Halves [[gnu::vector_size(2 * lanes)]] = std::uint16_t;  // on the way: one step of conversion at a time
using Bytes [[gnu::vector_size(lanes)]] = std::uint8_t;

[[gnu::always_inline]] inline void add(Sums& sums, std::int32_t weight, const std::uint8_t* from) {
    Bytes bytes;
    std::memcpy(&bytes, from, sizeof bytes);
    sums += weight * __builtin_convertvector(__builtin_convertvector(bytes, Halves), Sums);
}

[[gnu::always_inline]] inline void round_to_bytes(const Sums& sums, std::uint8_t* to) {
    Sums rounded = sums >> precision_bits;
    rounded = rounded < 0 ? 0 : rounded;
    rounded = rounded > 255 ? 255 : rounded;
    const Bytes bytes = __builtin_convertvector(__builtin_convertvector(rounded, Halves), Bytes);
    std::memcpy(to, &bytes, sizeof bytes);
}

[[gnu::always_inline]] inline void interleave(Bytes& low, Bytes& high) {
    const Bytes both =
        __builtin_shufflevector(low, high, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
    high = __builtin_shufflevector(low, high, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
    low = both;
}

// A square of 16 x 16 bytes, turned over its diagonal: interleaving the halves four times does it.
[[gnu::always_inline]] inline void turn(std::array<Bytes, lanes>& square) {
    for (int round = 0; round < 4; ++round) {
        std::array<Bytes, lanes> next;
        for (std::size_t i = 0; i < lanes / 2; ++i) {
            next[2 * i] = square[i];
            next[2 * i + 1] = square[i + lanes / 2];
            interleave(next[2 * i], next[2 * i + 1]);
        }
        square = next;
    }
}

// Sixteen rows side by side: byte x of row r at 16 x + r.
using SixteenRows = std::array<const std::uint8_t*, lanes>;

HRN_CPU_CLONES void lay_side_by_side(const SixteenRows& rows, std::size_t bytes, std::uint8_t* to) {
    std::size_t x = 0;
    for (; x + lanes <= bytes; x += lanes) {
        std::array<Bytes, lanes> square;
        for (std::size_t r = 0; r < lanes; ++r) {
            std::memcpy(&square[r], rows[r] + x, sizeof(Bytes));
        }
        turn(square);
        std::memcpy(to + lanes * x, square.data(), sizeof square);
    }
    for (; x < bytes; ++x) {
        for (std::size_t r = 0; r < lanes; ++r) {
            to[lanes * x + r] = rows[r][x];
        }
    }
}

// Back again; `bytes` is filled up to whole squares on both sides.
HRN_CPU_CLONES void lay_in_rows(const std::uint8_t* from, std::size_t bytes, std::uint8_t* to,
                                std::size_t stride) {
    for (std::size_t x = 0; x < bytes; x += lanes) {
        std::array<Bytes, lanes> square;
        std::memcpy(square.data(), from + lanes * x, sizeof square);
        turn(square);
        for (std::size_t r = 0; r < lanes; ++r) {
            std::memcpy(to + stride * r + x, &square[r], sizeof(Bytes));
        }
    }
}

// The horizontal pass of sixteen rows that lie side by side, from the source column taps.lowest on.
HRN_CPU_CLONES void resample_sixteen_rows(const std::uint8_t* source, const PilTaps& taps,
                                          std::uint8_t* out) {
    for (int i = 0; i < taps.count; ++i) {
        const std::int32_t* weights = taps.weights.data() + taps.stride * i;
        const std::uint8_t* pixel =
            source + std::ptrdiff_t{lanes} * channels * (taps.source_begin[i] - taps.lowest);
        Sums red = half - Sums{};
        Sums green = red;
        Sums blue = red;
        for (int j = 0; j < taps.source_count[i]; ++j, pixel += channels * lanes) {
            add(red, weights[j], pixel);
            add(green, weights[j], pixel + lanes);
            add(blue, weights[j], pixel + 2 * lanes);
        }
        round_to_bytes(red, out);
        round_to_bytes(green, out + lanes);
        round_to_bytes(blue, out + 2 * lanes);
        out += channels * lanes;
    }
}

// The vertical pass of one row: `count` rows of `stride` bytes, weighted. Writes 64 bytes at a time, the last
// of them beyond `bytes`.
HRN_CPU_CLONES void mix_rows(const std::uint8_t* rows, std::size_t stride, const std::int32_t* weights,
                             int count, std::size_t bytes, std::uint8_t* out) {
    constexpr std::size_t block = 4 * lanes;
    for (std::size_t x = 0; x < bytes; x += block) {
        std::array<Sums, 4> sums;
        sums.fill(half - Sums{});
        for (int j = 0; j < count; ++j) {
            const std::uint8_t* row = rows + stride * static_cast<std::size_t>(j) + x;
            for (std::size_t v = 0; v < sums.size(); ++v) {
                add(sums[v], weights[j], row + v * lanes);
            }
        }
        for (std::size_t v = 0; v < sums.size(); ++v) {
            round_to_bytes(sums[v], out + x + v * lanes);
        }
    }
}

constexpr std::size_t filled_up(std::size_t bytes) {
    constexpr std::size_t block = 64;
    return (bytes + block - 1) / block * block;
}

using Scratch = std::unique_ptr<std::uint8_t[]>;  // not cleared

// The horizontal pass over the source rows begin .. end - 1, stored as bytes like PIL does: rows of `stride`
// bytes, of which there are sixteen more than wanted.
void resample_rows(const std::uint8_t* rgb, int width, int begin, int end, const PilTaps& taps,
                   std::uint8_t* out, std::size_t stride) {
    const std::size_t bytes = std::size_t{channels} * static_cast<std::size_t>(taps.end - taps.lowest);
    const Scratch source = std::make_unique_for_overwrite<std::uint8_t[]>(lanes * bytes);
    const Scratch resampled = std::make_unique_for_overwrite<std::uint8_t[]>(lanes * stride);
    for (int y = begin; y < end; y += lanes) {
        SixteenRows rows;
        for (int r = 0; r < lanes; ++r) {
            const auto row = static_cast<std::size_t>(std::min(y + r, end - 1));
            rows[static_cast<std::size_t>(r)] =
                rgb + std::size_t{channels} *
                          (static_cast<std::size_t>(width) * row + static_cast<std::size_t>(taps.lowest));
        }
        lay_side_by_side(rows, bytes, source.get());
        resample_sixteen_rows(source.get(), taps, resampled.get());
        lay_in_rows(resampled.get(), stride, out + stride * static_cast<std::size_t>(y - begin), stride);
    }
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
    const PilOverlap across = pil_overlap(window.left, window.width, new_width);
    const PilOverlap down = pil_overlap(window.top, window.height, new_height);
    if (across.count == 0 || down.count == 0) {
        return result;
    }
    const std::int64_t first_column = window.left + across.first;
    const std::int64_t first_row = window.top + down.first;
    const bool rows_change = new_height != height;
    PilTaps vertical;
    if (rows_change) {
        vertical = pil_taps(height, new_height, first_row, down.count);
    } else {  // this pass is skipped: the rows are taken as they are
        vertical.lowest = static_cast<int>(first_row);
        vertical.end = static_cast<int>(first_row) + down.count;
    }

    const std::size_t row_bytes = std::size_t{channels} * static_cast<std::size_t>(across.count);
    const std::size_t stride = filled_up(row_bytes);
    const int rows = vertical.end - vertical.lowest;
    const Scratch between =
        std::make_unique_for_overwrite<std::uint8_t[]>(stride * static_cast<std::size_t>(rows + lanes));
    if (new_width != width) {
        resample_rows(rgb.data(), width, vertical.lowest, vertical.end,
                      pil_taps(width, new_width, first_column, across.count), between.get(), stride);
    } else {  // this pass is skipped too
        for (int y = 0; y < rows; ++y) {
            const std::size_t first =
                static_cast<std::size_t>(width) * static_cast<std::size_t>(vertical.lowest + y) +
                static_cast<std::size_t>(first_column);
            std::copy_n(rgb.data() + channels * first, row_bytes,
                        between.get() + stride * static_cast<std::size_t>(y));
        }
    }
    const Scratch line = std::make_unique_for_overwrite<std::uint8_t[]>(stride);
    for (int i = 0; i < down.count; ++i) {
        const auto at = static_cast<std::size_t>(i);
        const std::uint8_t* from = between.get() + stride * at;
        if (rows_change) {
            mix_rows(between.get() +
                         stride * static_cast<std::size_t>(vertical.source_begin[at] - vertical.lowest),
                     stride, vertical.weights.data() + vertical.stride * at, vertical.source_count[at],
                     row_bytes, line.get());
            from = line.get();
        }
        std::copy_n(from, row_bytes,
                    result.data() + channels * (static_cast<std::size_t>(window.width) *
                                                    static_cast<std::size_t>(down.first + i) +
                                                static_cast<std::size_t>(across.first)));
    }
    return result;
}

}  // namespace hrn::image
