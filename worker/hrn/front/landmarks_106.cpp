#include "worker/hrn/front/landmarks_106.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <opencv2/imgproc.hpp>

#include "worker/hrn/cpu_clones.hpp"
#include "worker/hrn/face_error.hpp"

namespace hrn::front {
namespace {

constexpr int map_side = 14;
constexpr double enlarged = 1.35;
// A square beyond this is no face of a photo of 2000 pixels; building its border would only eat memory.
constexpr double largest_square = 20000;

// exp(map[i] - largest) of numbers that are not larger than `largest`, to the last bit or so: by powers of
// two and a series, which a compiler makes vector code of. The C library's exp is most of a landmark's time.
HRN_CPU_CLONES void exponentials(const float* map, std::size_t count, float largest, double* out) {
    constexpr double per_bit = 1.4426950408889634;     // 1 / ln 2
    constexpr double bit_high = 0.693147180369123816;  // ln 2 in two parts, the first with zeros at its end
    constexpr double bit_low = 1.90821492927058770e-10;
    constexpr double to_whole = 6755399441055744.0;  // 1.5 * 2^52: whole numbers end up in the lowest bits
    constexpr double smallest = -700;                // what is below is 0 beside a sum of at least 1
    for (std::size_t i = 0; i < count; ++i) {
        double x = static_cast<double>(map[i] - largest);
        x = x < smallest ? smallest : x;
        const double shifted = x * per_bit + to_whole;
        const double bits = shifted - to_whole;
        const double r = (x - bits * bit_high) - bits * bit_low;
        double series = 1.0 / 6227020800.0;
        series = series * r + 1.0 / 479001600.0;
        series = series * r + 1.0 / 39916800.0;
        series = series * r + 1.0 / 3628800.0;
        series = series * r + 1.0 / 362880.0;
        series = series * r + 1.0 / 40320.0;
        series = series * r + 1.0 / 5040.0;
        series = series * r + 1.0 / 720.0;
        series = series * r + 1.0 / 120.0;
        series = series * r + 1.0 / 24.0;
        series = series * r + 1.0 / 6.0;
        series = series * r + 0.5;
        series = series * r + 1.0;
        series = series * r + 1.0;
        const std::uint64_t exponent = (std::bit_cast<std::uint64_t>(shifted) + 1023) << 52;
        out[i] = series * std::bit_cast<double>(exponent);
    }
}

}  // namespace

Frame106 frame_106(const cv::Size& image, const Box& box) {
    const double width = box.x2 - box.x1 + 1;
    const double height = box.y2 - box.y1 + 1;
    Frame106 frame;
    frame.square = enlarged * std::max(width, height);
    if (!(frame.square < largest_square)) {
        throw FaceFailure(FaceErrorCode::face_cut_off, "the face's box is far larger than the photo");
    }
    double x1 = (box.x1 + box.x2) / 2 - frame.square / 2;
    double y1 = (box.y1 + box.y2) / 2 - frame.square / 2;
    frame.origin = {x1, y1};
    double x2 = x1 + frame.square;
    double y2 = y1 + frame.square;
    const double before_x = std::max(0.0, -x1);
    const double before_y = std::max(0.0, -y1);
    x1 = std::max(0.0, x1);
    y1 = std::max(0.0, y1);
    const double after_x = std::max(0.0, x2 - image.width);
    const double after_y = std::max(0.0, y2 - image.height);
    x2 = std::min(static_cast<double>(image.width), x2);
    y2 = std::min(static_cast<double>(image.height), y2);
    const cv::Rect inside(cv::Point(to_pixel(x1), to_pixel(y1)), cv::Point(to_pixel(x2), to_pixel(y2)));
    if (!(x1 < image.width && y1 < image.height && x2 > 0 && y2 > 0) || to_pixel(x2) <= to_pixel(x1) ||
        to_pixel(y2) <= to_pixel(y1)) {
        throw FaceFailure(FaceErrorCode::face_cut_off, "the face's box lies outside the photo");
    }
    const int left = to_pixel(before_x);
    const int top = to_pixel(before_y);
    frame.wanted = {inside.x - left, inside.y - top, left + inside.width + to_pixel(after_x),
                    top + inside.height + to_pixel(after_y)};
    return frame;
}

Crop106 crop_106(const cv::Mat& rgb, const Box& box) {
    Crop106 crop{frame_106(rgb.size(), box), {}};
    const cv::Rect inside = crop.wanted & cv::Rect(0, 0, rgb.cols, rgb.rows);
    cv::Mat part = rgb(inside);
    if (inside != crop.wanted) {
        cv::Mat bordered;
        cv::copyMakeBorder(part, bordered, inside.y - crop.wanted.y, crop.wanted.br().y - inside.br().y,
                           inside.x - crop.wanted.x, crop.wanted.br().x - inside.br().x, cv::BORDER_CONSTANT,
                           cv::Scalar(means_106[0], means_106[1], means_106[2]));
        part = bordered;
    }
    cv::resize(part, crop.image, cv::Size(crop_106_side, crop_106_side), 0, 0, cv::INTER_LINEAR);
    return crop;
}

std::vector<float> input_106(const cv::Mat& crop) {
    constexpr std::size_t plane = std::size_t{crop_106_side} * crop_106_side;
    std::vector<float> planes(3 * plane);
    for (int row = 0; row < crop_106_side; ++row) {
        const auto* from = crop.ptr<std::uint8_t>(row);
        for (int column = 0; column < crop_106_side; ++column) {
            for (int channel = 0; channel < 3; ++channel) {
                planes[channel * plane + std::size_t{crop_106_side} * row + column] =
                    static_cast<float>((from[3 * column + channel] - means_106[channel]) / 255.0);
            }
        }
    }
    return planes;
}

std::vector<float> soft_argmax_106(const std::vector<float>& logits) {
    constexpr std::size_t cells = std::size_t{map_side} * map_side;
    std::vector<float> points;
    for (std::size_t first = 0; first + cells <= logits.size(); first += cells) {
        const float* map = logits.data() + first;
        const float largest = *std::max_element(map, map + cells);
        std::array<double, cells> weights;
        exponentials(map, cells, largest, weights.data());
        double sum = 0;
        double rows = 0;
        double columns = 0;
        for (std::size_t cell = 0; cell < cells; ++cell) {
            const double weight = weights[cell];
            sum += weight;
            rows += weight * static_cast<double>(cell / map_side);
            columns += weight * static_cast<double>(cell % map_side);
        }
        // The heat map is transposed: its row is the point's x.
        points.push_back(static_cast<float>(rows / sum / map_side) * crop_106_side);
        points.push_back(static_cast<float>(columns / sum / map_side) * crop_106_side);
    }
    return points;
}

Points106 points_106(const std::vector<float>& crop_points, const Frame106& crop) {
    const double scale = crop.square / crop_106_side;
    Points106 points{};
    for (std::size_t i = 0; i < points.size(); ++i) {
        points[i] = {crop_points.at(2 * i) * scale + crop.origin.x,
                     crop_points.at(2 * i + 1) * scale + crop.origin.y};
    }
    return points;
}

FivePoints five_of_106(const Points106& points) {
    return {points[74], points[83], points[54], points[84], points[90]};
}

}  // namespace hrn::front
