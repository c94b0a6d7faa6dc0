#include "worker/hrn/front/landmarks_106.hpp"

#include <cmath>
#include <cstddef>
#include <opencv2/imgproc.hpp>

#include "worker/hrn/face_error.hpp"

namespace hrn::front {
namespace {

constexpr int map_side = 14;
constexpr double enlarged = 1.35;
// A square beyond this is no face of a photo of 2000 pixels; building its border would only eat memory.
constexpr double largest_square = 20000;

}  // namespace

Crop106 crop_106(const cv::Mat& rgb, const Box& box) {
    const double width = box.x2 - box.x1 + 1;
    const double height = box.y2 - box.y1 + 1;
    Crop106 crop;
    crop.square = enlarged * std::max(width, height);
    if (!(crop.square < largest_square)) {
        throw FaceFailure(FaceErrorCode::face_cut_off, "the face's box is far larger than the photo");
    }
    double x1 = (box.x1 + box.x2) / 2 - crop.square / 2;
    double y1 = (box.y1 + box.y2) / 2 - crop.square / 2;
    crop.origin = {x1, y1};
    double x2 = x1 + crop.square;
    double y2 = y1 + crop.square;
    const double before_x = std::max(0.0, -x1);
    const double before_y = std::max(0.0, -y1);
    x1 = std::max(0.0, x1);
    y1 = std::max(0.0, y1);
    const double after_x = std::max(0.0, x2 - rgb.cols);
    const double after_y = std::max(0.0, y2 - rgb.rows);
    x2 = std::min(static_cast<double>(rgb.cols), x2);
    y2 = std::min(static_cast<double>(rgb.rows), y2);
    const cv::Rect inside(cv::Point(to_pixel(x1), to_pixel(y1)), cv::Point(to_pixel(x2), to_pixel(y2)));
    if (!(x1 < rgb.cols && y1 < rgb.rows && x2 > 0 && y2 > 0) || to_pixel(x2) <= to_pixel(x1) ||
        to_pixel(y2) <= to_pixel(y1)) {
        throw FaceFailure(FaceErrorCode::face_cut_off, "the face's box lies outside the photo");
    }
    cv::Mat part = rgb(inside);
    if (before_x > 0 || before_y > 0 || after_x > 0 || after_y > 0) {
        cv::Mat bordered;
        cv::copyMakeBorder(part, bordered, to_pixel(before_y), to_pixel(after_y), to_pixel(before_x),
                           to_pixel(after_x), cv::BORDER_CONSTANT,
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
        double sum = 0;
        double rows = 0;
        double columns = 0;
        for (std::size_t cell = 0; cell < cells; ++cell) {
            const double weight = std::exp(static_cast<double>(map[cell] - largest));
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

Points106 points_106(const std::vector<float>& crop_points, const Crop106& crop) {
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
