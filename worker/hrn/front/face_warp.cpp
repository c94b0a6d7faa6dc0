#include "worker/hrn/front/face_warp.hpp"

#include <cmath>
#include <opencv2/imgproc.hpp>

#include "worker/hrn/front/sampled_flow.hpp"
#include "worker/hrn/image/long_side.hpp"

namespace hrn::front {
namespace {

constexpr int crop_side = 224;
constexpr double degree = 0.03;
constexpr int base_side = 100;  // the flow's pattern before it is resized to the face

std::array<int, 4> whole_box(const Box& box) {
    return {to_pixel(box.x1), to_pixel(box.y1), to_pixel(box.x2), to_pixel(box.y2)};
}

void draw(cv::Mat& map, const Polyline& line, int thickness) {
    const auto pixel = [&](std::size_t i) {
        return cv::Point(to_pixel(line.points[i].x), to_pixel(line.points[i].y));
    };
    for (std::size_t i = 0; i + 1 < line.points.size(); ++i) {
        cv::line(map, pixel(i), pixel(i + 1), cv::Scalar(255), thickness);
    }
    if (line.closed && line.points.size() > 1) {
        cv::line(map, pixel(line.points.size() - 1), pixel(0), cv::Scalar(255), thickness);
    }
}

void draw_lines(const std::vector<Polyline>& lines, int thickness, cv::Mat& map) {
    map.setTo(cv::Scalar(0));
    for (const Polyline& line : lines) {
        draw(map, line, thickness);
    }
}

cv::Mat matrix_of_crop(std::span<const std::uint8_t> image_224) {
    // OpenCV has no read-only matrix; nobody writes through this one.
    return cv::Mat(crop_side, crop_side, CV_8UC3, const_cast<std::uint8_t*>(image_224.data()));
}

// A source position of the warp: clamped, split into neighbours and fractions.
struct Tap {
    int low = 0;
    int high = 0;
    double fraction = 0;
};

Tap tap_at(double position) {
    constexpr int last = crop_side - 1;
    if (position >= crop_side) {
        position = last;
    }
    if (position < 0) {
        position = 0;
    }
    Tap tap;
    tap.low = std::clamp(static_cast<int>(std::floor(position)), 0, last);
    tap.high = std::clamp(static_cast<int>(std::ceil(position)), 0, last);
    tap.fraction = position - tap.low;
    return tap;
}

bool near_a_pixel(double fraction) {
    return fraction < 0.2 || fraction > 0.8;
}

// The flow's pattern before a face gives it its strength.
struct FlowPattern {
    cv::Mat magnitude;
    cv::Mat angle;
};

FlowPattern make_flow_pattern() {
    constexpr int middle = base_side / 2;
    cv::Mat across = cv::Mat::zeros(base_side, base_side, CV_32F);
    cv::Mat down = cv::Mat::zeros(base_side, base_side, CV_32F);
    FlowPattern pattern;
    pattern.magnitude = cv::Mat::zeros(base_side, base_side, CV_32F);
    for (int row = 0; row < base_side; ++row) {
        for (int column = 0; column < base_side; ++column) {
            const int x = column - middle;
            const int y = row - middle;
            if (x * x + y * y > middle * middle) {
                continue;
            }
            across.at<float>(row, column) = static_cast<float>(-x);
            down.at<float>(row, column) = static_cast<float>(-y);
            const double distance = std::sqrt(static_cast<double>(x * x + y * y));
            constexpr double slope = 2.0 / middle;
            pattern.magnitude.at<float>(row, column) =
                static_cast<float>(distance <= middle / 2.0 ? slope * distance : 2.0 - slope * distance);
        }
    }
    // The tiny shift gives the middle an angle.
    across += 1e-8;
    down += 1e-8;
    cv::Mat unused;
    cv::cartToPolar(across, down, unused, pattern.angle);
    return pattern;
}

}  // namespace

cv::Mat enlarge_crop(std::span<const std::uint8_t> image_224) {
    return image::resize_long_side(matrix_of_crop(image_224), enlarged_side).image;
}

double enlargement() {
    return static_cast<double>(enlarged_side) / crop_side;
}

std::array<int, 4> enlarged_box(const std::array<int, 4>& box) {
    const auto [x1, y1, x2, y2] = box;
    const int half_width = static_cast<int>(0.5 * (x2 - x1));
    const int half_height = static_cast<int>(0.5 * (y2 - y1));
    return {std::max(x1 - half_width, 0), std::max(y1 - half_height, 0),
            std::min(x2 + half_width, enlarged_side), std::min(y2 + half_height, enlarged_side)};
}

int draw_contours(const FaceContours& contours, cv::Mat& outline, cv::Mat& features) {
    const auto [left, top, right, bottom] = enlarged_box(whole_box(contours.box));
    const int thickness = std::max(1, std::min(right - left, bottom - top) / 10);
    draw_lines(contours.outline, thickness, outline);
    draw_lines(contours.features, 2 * thickness, features);
    return 2 * thickness + 1;
}

ContourDrawings draw_contours(const FaceContours& contours) {
    ContourDrawings drawn{cv::Mat(enlarged_side, enlarged_side, CV_8UC1),
                          cv::Mat(enlarged_side, enlarged_side, CV_8UC1), 3};
    drawn.kernel = draw_contours(contours, drawn.outline, drawn.features);
    return drawn;
}

ContourMaps contour_maps(const FaceContours& contours) {
    const ContourDrawings drawn = draw_contours(contours);
    ContourMaps maps;
    cv::GaussianBlur(drawn.outline, maps.outline, cv::Size(drawn.kernel, drawn.kernel), 0);
    cv::GaussianBlur(drawn.features, maps.features, cv::Size(drawn.kernel, drawn.kernel), 0);
    return maps;
}

int flow_side(const std::array<int, 4>& box) {
    const auto [x1, y1, x2, y2] = box;
    const double cx = (x1 + x2) / 2.0;
    const double cy = (y1 + y2) / 2.0;
    const double length = std::max(std::abs(y1 - y2), std::abs(x1 - x2));
    return to_pixel(std::min({2 * length, 2 * (cx - 1), 2 * (cy - 1), 2 * (enlarged_side - cy - 1),
                              2 * (enlarged_side - cx - 1)}));
}

FlowSquare flow_square(const Box& box) {
    const std::array<int, 4> whole = whole_box(box);
    const auto [x1, y1, x2, y2] = whole;
    FlowSquare square;
    square.side = flow_side(whole);
    if (square.side > 0) {
        square.left = static_cast<int>((x1 + x2) / 2.0 - square.side / 2.0);
        square.top = static_cast<int>((y1 + y2) / 2.0 - square.side / 2.0);
    }
    return square;
}

double flow_strength(int side) {
    return degree * side;
}

cv::Mat spread_flow(double strength) {
    static const FlowPattern pattern = make_flow_pattern();
    cv::Mat across;
    cv::Mat down;
    cv::polarToCart(pattern.magnitude * strength, pattern.angle, across, down);
    cv::Mat flow;
    cv::merge(std::vector<cv::Mat>{across, down}, flow);
    return flow;
}

std::optional<cv::Mat> face_flow(const std::array<int, 4>& box, const ContourMaps& maps) {
    const int side = flow_side(box);
    if (side <= 0) {
        return std::nullopt;
    }
    const auto [x1, y1, x2, y2] = box;
    cv::Mat square;
    cv::resize(spread_flow(flow_strength(side)), square, cv::Size(side, side), 0, 0, cv::INTER_LINEAR);
    cv::Mat flow = cv::Mat::zeros(enlarged_side, enlarged_side, CV_32FC2);
    const int left = static_cast<int>((x1 + x2) / 2.0 - side / 2.0);
    const int top = static_cast<int>((y1 + y2) / 2.0 - side / 2.0);
    square.copyTo(flow(cv::Rect(left, top, side, side)));

    cv::Mat masked(enlarged_side, enlarged_side, CV_64FC2);
    for (int row = 0; row < enlarged_side; ++row) {
        const auto* outline = maps.outline.ptr<std::uint8_t>(row);
        const auto* features = maps.features.ptr<std::uint8_t>(row);
        const auto* from = flow.ptr<cv::Vec2f>(row);
        auto* to = masked.ptr<cv::Vec2d>(row);
        for (int column = 0; column < enlarged_side; ++column) {
            const float moved = static_cast<float>(outline[column]) / 255.0F;
            const double kept = 1.0 - features[column] / 255.0;
            for (int axis = 0; axis < 2; ++axis) {
                const float product = from[column][axis] * moved;  // float32 so far, as officially
                to[column][axis] = product * kept;
            }
        }
    }
    cv::Mat small;
    cv::resize(masked, small, cv::Size(crop_side, crop_side), 0, 0, cv::INTER_LINEAR);
    small /= enlargement();
    return small;
}

std::vector<std::uint8_t> warp(std::span<const std::uint8_t> image_224, const cv::Mat& flow) {
    std::vector<std::uint8_t> result(image_224.begin(), image_224.end());
    const auto pixel = [&](int row, int column) { return image_224.data() + 3 * (row * crop_side + column); };
    for (int row = 0; row < crop_side; ++row) {
        for (int column = 0; column < crop_side; ++column) {
            const auto [dx, dy] = flow.at<cv::Vec2d>(row, column).val;
            if (std::abs(dx) < 0.2 && std::abs(dy) < 0.2) {
                continue;
            }
            const Tap x = tap_at(column + dx);
            const Tap y = tap_at(row + dy);
            std::uint8_t* out = result.data() + 3 * (row * crop_side + column);
            if (near_a_pixel(x.fraction) && near_a_pixel(y.fraction)) {
                std::copy_n(pixel(y.fraction < 0.2 ? y.low : y.high, x.fraction < 0.2 ? x.low : x.high), 3,
                            out);
                continue;
            }
            for (int channel = 0; channel < 3; ++channel) {
                const double upper = pixel(y.low, x.low)[channel] * (1 - x.fraction) +
                                     pixel(y.low, x.high)[channel] * x.fraction;
                const double lower = pixel(y.high, x.low)[channel] * (1 - x.fraction) +
                                     pixel(y.high, x.high)[channel] * x.fraction;
                const double value = upper * (1 - y.fraction) + lower * y.fraction;
                out[channel] = static_cast<std::uint8_t>(std::clamp(value, 0.0, 255.0));
            }
        }
    }
    return result;
}

std::optional<std::vector<std::uint8_t>> fat_face(std::span<const std::uint8_t> image_224,
                                                  const FaceContours& contours) {
    const std::optional<cv::Mat> flow = sampled_flow(contours);
    if (!flow) {
        return std::nullopt;
    }
    return warp(image_224, *flow);
}

}  // namespace hrn::front
