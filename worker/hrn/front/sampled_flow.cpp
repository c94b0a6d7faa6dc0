#include "worker/hrn/front/sampled_flow.hpp"

#include <array>
#include <cmath>
#include <cstdint>
#include <opencv2/imgproc.hpp>
#include <span>
#include <vector>

#include "worker/hrn/front/face_warp.hpp"
#include "worker/hrn/front/line_blur.hpp"

namespace hrn::front {
namespace {

constexpr int crop_side = 224;

FlowAxis make_axis() {
    const double step = 1.0 / (static_cast<double>(crop_side) / enlarged_side);
    FlowAxis axis;
    for (std::size_t i = 0; i < axis.fraction.size(); ++i) {
        const auto at = static_cast<float>((static_cast<double>(i) + 0.5) * step - 0.5);
        const int low = cvFloor(at);
        axis.positions[2 * i] = low;
        axis.positions[2 * i + 1] = low + 1;
        axis.fraction[i] = at - static_cast<float>(low);
    }
    return axis;
}

// The crop's pixels first .. last whose flow is not zero for sure along one axis, when the flow's square
// covers begin .. begin + side - 1 of the enlargement.
struct Range {
    std::size_t first = 0;
    std::size_t count = 0;
};

Range pixels_over(const FlowAxis& axis, int begin, int side) {
    Range range;
    for (std::size_t i = 0; i < axis.fraction.size(); ++i) {
        if (axis.positions[2 * i + 1] >= begin && axis.positions[2 * i] < begin + side) {
            range.first = range.count == 0 ? i : range.first;
            ++range.count;
        }
    }
    return range;
}

// What a byte of the outline and of the features makes of the flow, as the official divisions give it.
struct Shares {
    std::array<float, 256> moved{};
    std::array<double, 256> kept{};
};

Shares make_shares() {
    Shares shares;
    for (std::size_t byte = 0; byte < 256; ++byte) {
        shares.moved[byte] = static_cast<float>(byte) / 255.0F;
        shares.kept[byte] = 1.0 - static_cast<double>(byte) / 255.0;
    }
    return shares;
}

// The square of the flow and what its pixels are multiplied by.
struct Masked {
    cv::Mat square;  // float32 x 2
    int left = 0;
    int top = 0;
    cv::Mat outline;   // at the wanted pixels, transposed
    cv::Mat features;  // the same
    const Shares& shares;

    // `x`, `y` in the enlargement; `column`, `row` among the wanted pixels.
    [[nodiscard]] cv::Vec2d at(int x, int y, std::size_t column, std::size_t row) const {
        const int across = x - left;
        const int down = y - top;
        if (across < 0 || down < 0 || across >= square.cols || down >= square.rows) {
            return {0, 0};
        }
        const auto c = static_cast<int>(column);
        const auto r = static_cast<int>(row);
        const float moved = shares.moved[outline.at<std::uint8_t>(c, r)];
        const double kept = shares.kept[features.at<std::uint8_t>(c, r)];
        const auto& flow = square.at<cv::Vec2f>(down, across);
        // float32 until the outline is in, as officially
        return {static_cast<double>(flow[0] * moved) * kept, static_cast<double>(flow[1] * moved) * kept};
    }
};

cv::Vec2d mixed(const cv::Vec2d& low, const cv::Vec2d& high, float fraction) {
    const float rest = 1.0F - fraction;
    return {low[0] * rest + high[0] * fraction, low[1] * rest + high[1] * fraction};
}

}  // namespace

const FlowAxis& flow_axis() {
    static const FlowAxis axis = make_axis();
    return axis;
}

std::optional<cv::Mat> sampled_flow(const FaceContours& contours) {
    const FlowSquare frame = flow_square(contours.box);
    if (frame.side <= 0) {
        return std::nullopt;
    }
    const FlowAxis& axis = flow_axis();
    const Range columns = pixels_over(axis, frame.left, frame.side);
    const Range rows = pixels_over(axis, frame.top, frame.side);
    const std::span<const int> positions(axis.positions);
    const auto wanted_rows = positions.subspan(2 * rows.first, 2 * rows.count);
    const auto wanted_columns = positions.subspan(2 * columns.first, 2 * columns.count);

    const ContourDrawings drawn = draw_contours(contours);
    const LineBlur blur(drawn.kernel);
    static const Shares shares = make_shares();
    Masked masked{{}, frame.left, frame.top, {}, {}, shares};
    cv::resize(spread_flow(flow_strength(frame.side)), masked.square, cv::Size(frame.side, frame.side), 0, 0,
               cv::INTER_LINEAR);
    masked.outline = blur.at(drawn.outline, wanted_rows, wanted_columns);
    masked.features = blur.at(drawn.features, wanted_rows, wanted_columns);

    cv::Mat small = cv::Mat::zeros(crop_side, crop_side, CV_64FC2);
    for (std::size_t i = 0; i < rows.count; ++i) {
        const std::size_t row = rows.first + i;
        auto* to = small.ptr<cv::Vec2d>(static_cast<int>(row));
        for (std::size_t j = 0; j < columns.count; ++j) {
            const std::size_t column = columns.first + j;
            const int x = axis.positions[2 * column];
            const int y = axis.positions[2 * row];
            const float across = axis.fraction[column];
            const auto line = [&](int down) {
                const std::size_t at = 2 * i + static_cast<std::size_t>(down);
                return mixed(masked.at(x, y + down, 2 * j, at), masked.at(x + 1, y + down, 2 * j + 1, at),
                             across);
            };
            to[column] = mixed(line(0), line(1), axis.fraction[row]);
        }
    }
    small /= enlargement();
    return small;
}

}  // namespace hrn::front
