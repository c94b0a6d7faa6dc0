#include "worker/hrn/front/line_blur.hpp"

#include <cstddef>
#include <cstring>
#include <numeric>
#include <opencv2/imgproc.hpp>
#include <stdexcept>
#include <string>

namespace hrn::front {
namespace {

constexpr int whole = 256;  // the sum of the weights

// The kernel in 256ths, as OpenCV shows it: what is left of a bright line across the blur.
std::vector<int> weights_of(int kernel) {
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

// Eight numbers at once on every x86-64; GCC's and Clang's vector extension.
using Lanes [[gnu::vector_size(16)]] = std::uint16_t;
constexpr std::size_t lanes = 8;
constexpr std::size_t vectors = 4;  // of a block: as many sums as registers hold beside what is added
constexpr std::size_t block = lanes * vectors;

Lanes load(const std::uint16_t* from) {
    Lanes value;
    std::memcpy(&value, from, sizeof value);
    return value;
}

}  // namespace

LineBlur::LineBlur(int kernel) : reach_(kernel / 2) {
    if (kernel < 3 || kernel % 2 == 0) {
        throw std::invalid_argument("LineBlur: the kernel's side must be odd and at least 3");
    }
    const std::vector<int> weights = weights_of(kernel);
    int before = 0;
    for (int i = 0; i <= kernel; ++i) {
        const int weight = i < kernel ? weights[static_cast<std::size_t>(i)] : 0;
        if (weight != before) {
            steps_.push_back({static_cast<std::size_t>(i), static_cast<std::uint16_t>(before - weight)});
        }
        before = weight;
    }
}

LineBlur::Rows LineBlur::make_rows(std::size_t count, std::size_t width) {
    const std::size_t padded = (width + block - 1) / block * block;
    return {padded, std::vector<std::uint16_t>(count * padded, 0)};
}

// For each position the weighted sums of its window, modulo 65536. `running`: row i is the sum of all rows
// before i, with `reach_` mirrored rows before the first.
LineBlur::Rows LineBlur::window_sums(const Rows& running, std::span<const int> at) const {
    Rows sums = make_rows(at.size(), running.width);
    for (std::size_t i = 0; i < at.size(); ++i) {
        for (std::size_t x = 0; x < running.width; x += block) {
            Lanes sum[vectors] = {};
            for (const Step& step : steps_) {
                const std::uint16_t* from = running.row(static_cast<std::size_t>(at[i]) + step.offset) + x;
                for (std::size_t v = 0; v < vectors; ++v) {
                    sum[v] += load(from + v * lanes) * step.change;
                }
            }
            std::memcpy(sums.row(i) + x, sum, sizeof sum);
        }
    }
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
    for (std::size_t i = 0; i < height + border; ++i) {
        const auto* from = drawing.ptr<std::uint8_t>(static_cast<int>(mirrored(i, height)));
        for (std::size_t x = 0; x < width; ++x) {
            above.row(i + 1)[x] = static_cast<std::uint16_t>(above.row(i)[x] + (from[x] >> 7));
        }
    }
    const Rows down = window_sums(above, rows);

    // Turned, so that the second direction runs over whole rows too.
    const std::size_t count = rows.size();
    Rows turned = make_rows(width, count);
    for (std::size_t i = 0; i < count; ++i) {
        for (std::size_t x = 0; x < width; ++x) {
            turned.row(x)[i] = down.row(i)[x];
        }
    }
    Rows left = make_rows(width + border + 1, count);
    for (std::size_t i = 0; i < width + border; ++i) {
        const std::uint16_t* from = turned.row(mirrored(i, width));
        for (std::size_t y = 0; y < count; ++y) {
            left.row(i + 1)[y] = static_cast<std::uint16_t>(left.row(i)[y] + from[y]);
        }
    }
    const Rows sums = window_sums(left, columns);

    cv::Mat blurred(static_cast<int>(columns.size()), static_cast<int>(count), CV_8UC1);
    for (std::size_t c = 0; c < columns.size(); ++c) {
        auto* to = blurred.ptr<std::uint8_t>(static_cast<int>(c));
        const std::uint16_t* centre = turned.row(static_cast<std::size_t>(columns[c]));
        for (std::size_t y = 0; y < count; ++y) {
            // A window that is white throughout sums up to 65536, which looks like 0.
            const std::uint32_t sum = sums.row(c)[y];
            to[y] = sum == 0 && centre[y] != 0 ? 255 : static_cast<std::uint8_t>((255 * sum + 32768) >> 16);
        }
    }
    return blurred;
}

}  // namespace hrn::front
