#include "worker/hrn/front/line_blur.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <numeric>
#include <opencv2/imgproc.hpp>
#include <stdexcept>
#include <string>

#include "worker/hrn/cpu_clones.hpp"

namespace hrn::front {
namespace {

constexpr int whole = 256;  // the sum of the weights

// Thirty-two numbers at once: GCC's and Clang's vector extension, cut to what the processor has.
using Lanes [[gnu::vector_size(64)]] = std::uint16_t;
constexpr std::size_t lanes = 32;
constexpr std::size_t block = 4 * lanes;

// A block of sums: of what lies at each `more`, less what lies at each `less`, both counted from `running`.
[[gnu::always_inline]] inline void add_block(const std::uint16_t* running, std::span<const std::size_t> more,
                                             std::span<const std::size_t> less, std::uint16_t* to) {
    // Variables and no arrays of them: what is copied as a whole is not kept in registers.
    Lanes a = {};
    Lanes b = {};
    Lanes c = {};
    Lanes d = {};
    Lanes from;
    const auto next = [&from](const std::uint16_t* at) { std::memcpy(&from, at, sizeof from); };
    for (const std::size_t offset : more) {
        const std::uint16_t* at = running + offset;
        next(at);
        a += from;
        next(at + lanes);
        b += from;
        next(at + 2 * lanes);
        c += from;
        next(at + 3 * lanes);
        d += from;
    }
    for (const std::size_t offset : less) {
        const std::uint16_t* at = running + offset;
        next(at);
        a -= from;
        next(at + lanes);
        b -= from;
        next(at + 2 * lanes);
        c -= from;
        next(at + 3 * lanes);
        d -= from;
    }
    std::memcpy(to, &a, sizeof a);
    std::memcpy(to + lanes, &b, sizeof b);
    std::memcpy(to + 2 * lanes, &c, sizeof c);
    std::memcpy(to + 3 * lanes, &d, sizeof d);
}

// From weighted sums to pixels. A window that is white throughout sums up to 65536, which looks like 0: there
// its middle is white.
HRN_CPU_CLONES void round_to_pixels(const std::uint16_t* sums, const std::uint16_t* middle, std::size_t count,
                                    std::uint8_t* to) {
    for (std::size_t y = 0; y < count; ++y) {
        const std::uint32_t sum = sums[y];
        const std::uint32_t rounded = (255 * sum + 32768) >> 16;
        to[y] = static_cast<std::uint8_t>(sum == 0 && middle[y] != 0 ? 255U : rounded);
    }
}

// Each number of a row added to the one above it.
HRN_CPU_CLONES void add_rows(const std::uint16_t* above, const std::uint16_t* row, std::size_t count,
                             std::uint16_t* to) {
    for (std::size_t x = 0; x < count; ++x) {
        to[x] = static_cast<std::uint16_t>(above[x] + row[x]);
    }
}

// The same with what is white in a row of a drawing.
HRN_CPU_CLONES void count_white(const std::uint16_t* above, const std::uint8_t* row, std::size_t count,
                                std::uint16_t* to) {
    for (std::size_t x = 0; x < count; ++x) {
        to[x] = static_cast<std::uint16_t>(above[x] + (row[x] >> 7));
    }
}

// By tiles that the nearest cache holds: one of the two sides goes against the grain.
void turn(const std::uint16_t* from, std::size_t from_width, std::size_t rows, std::size_t columns,
          std::uint16_t* to, std::size_t to_width) {
    constexpr std::size_t tile = 32;
    for (std::size_t top = 0; top < rows; top += tile) {
        for (std::size_t left = 0; left < columns; left += tile) {
            for (std::size_t x = left; x < std::min(left + tile, columns); ++x) {
                for (std::size_t i = top; i < std::min(top + tile, rows); ++i) {
                    to[x * to_width + i] = from[i * from_width + x];
                }
            }
        }
    }
}

}  // namespace

// As OpenCV shows it: what is left of a bright line across the blur.
std::vector<int> blur_weights(int kernel) {
    cv::Mat line = cv::Mat::zeros(1, 2 * kernel + 1, CV_8UC1);
    line.at<std::uint8_t>(0, kernel) = 255;
    cv::GaussianBlur(line, line, cv::Size(kernel, kernel), 0);
    std::vector<int> weights;
    for (int i = 0; i < kernel; ++i) {
        const int seen = line.at<std::uint8_t>(0, kernel - kernel / 2 + i);
        weights.push_back(seen);
    }
    if (std::accumulate(weights.begin(), weights.end(), 0) != whole) {
        throw std::runtime_error(
            "this OpenCV's GaussianBlur does not blur 8-bit pictures in 256ths (kernel " +
            std::to_string(kernel) + ")");
    }
    return weights;
}

LineBlur::LineBlur(int kernel) : reach_(kernel / 2) {
    if (kernel < 3 || kernel % 2 == 0) {
        throw std::invalid_argument("LineBlur: the kernel's side must be odd and at least 3");
    }
    const std::vector<int> weights = blur_weights(kernel);
    int before = 0;
    for (int i = 0; i <= kernel; ++i) {
        const int weight = i < kernel ? weights[static_cast<std::size_t>(i)] : 0;
        auto& offsets = weight < before ? more_ : less_;
        offsets.insert(offsets.end(), static_cast<std::size_t>(std::abs(before - weight)),
                       static_cast<std::size_t>(i));
        before = weight;
    }
}

LineBlur::Rows LineBlur::make_rows(std::size_t count, std::size_t width) {
    const std::size_t padded = (width + block - 1) / block * block;
    static_assert(block % Line::numbers_of == 0);
    Rows rows{padded, std::make_unique_for_overwrite<Line[]>(count * padded / Line::numbers_of)};
    for (std::size_t i = 0; i < count; ++i) {
        std::fill(rows.row(i) + width, rows.row(i) + padded, std::uint16_t{0});
    }
    return rows;
}

// For each position the weighted sums of its window, modulo 65536. `running`: row i is the sum of all rows
// before i, with `reach_` mirrored rows before the first.
HRN_CPU_CLONES void LineBlur::add_windows(const Rows& running, std::span<const int> at,
                                          std::span<const std::size_t> more,
                                          std::span<const std::size_t> less, Rows& sums) {
    // Position by position within a block: neighbours read the same rows, which the nearest cache holds.
    for (std::size_t x = 0; x < running.width; x += block) {
        for (std::size_t i = 0; i < at.size(); ++i) {
            add_block(running.row(static_cast<std::size_t>(at[i])) + x, more, less, sums.row(i) + x);
        }
    }
}

LineBlur::Rows LineBlur::window_sums(const Rows& running, std::span<const int> at) const {
    Rows sums = make_rows(at.size(), running.width);
    const auto places = [&running](std::vector<std::size_t> offsets) {
        for (std::size_t& offset : offsets) {
            offset *= running.width;
        }
        return offsets;
    };
    add_windows(running, at, places(more_), places(less_), sums);
    return sums;
}

cv::Mat LineBlur::at(const cv::Mat& drawing, std::span<const int> rows, std::span<const int> columns) const {
    const auto height = static_cast<std::size_t>(drawing.rows);
    const auto width = static_cast<std::size_t>(drawing.cols);
    const auto mirrored = [this](std::size_t position, std::size_t count) {
        return static_cast<std::size_t>(cv::borderInterpolate(
            static_cast<int>(position) - reach_, static_cast<int>(count), cv::BORDER_REFLECT_101));
    };
    const auto border = static_cast<std::size_t>(2 * reach_);
    // Down the columns, for the wanted rows.
    Rows above = make_rows(height + border + 1, width);
    std::fill_n(above.row(0), width, std::uint16_t{0});
    for (std::size_t i = 0; i < height + border; ++i) {
        const auto* from = drawing.ptr<std::uint8_t>(static_cast<int>(mirrored(i, height)));
        count_white(above.row(i), from, width, above.row(i + 1));
    }
    const Rows down = window_sums(above, rows);

    // Turned, so that the second direction runs over whole rows too.
    const std::size_t count = rows.size();
    Rows turned = make_rows(width, count);
    turn(down.row(0), down.width, count, width, turned.row(0), turned.width);
    Rows left = make_rows(width + border + 1, count);
    std::fill_n(left.row(0), count, std::uint16_t{0});
    for (std::size_t i = 0; i < width + border; ++i) {
        add_rows(left.row(i), turned.row(mirrored(i, width)), count, left.row(i + 1));
    }
    const Rows sums = window_sums(left, columns);

    cv::Mat blurred(static_cast<int>(columns.size()), static_cast<int>(count), CV_8UC1);
    for (std::size_t c = 0; c < columns.size(); ++c) {
        round_to_pixels(sums.row(c), turned.row(static_cast<std::size_t>(columns[c])), count,
                        blurred.ptr<std::uint8_t>(static_cast<int>(c)));
    }
    return blurred;
}

}  // namespace hrn::front
