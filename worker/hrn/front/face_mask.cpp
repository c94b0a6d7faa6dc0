#include "worker/hrn/front/face_mask.hpp"

#include <opencv2/imgproc.hpp>

namespace hrn::front {

std::vector<std::uint8_t> hull_mask(const Points68& landmarks_224) {
    constexpr int size = 224;
    constexpr int brow_begin = 17;
    constexpr int brow_end = 27;
    constexpr int nose_tip = 30;
    constexpr double forehead = 0.6;  // of the way from nose tip to brows, added above the brows
    std::vector<cv::Point2d> points;
    for (int i = 0; i < 68; ++i) {
        const Point point = point_of(landmarks_224, i);
        points.emplace_back(point.x, size - 1 - point.y);
    }
    cv::Point2d brow_centre(0, 0);
    for (int i = brow_begin; i < brow_end; ++i) {
        brow_centre += points[i] / (brow_end - brow_begin);
    }
    const cv::Point2d up = forehead * (brow_centre - points[nose_tip]);
    for (int i = brow_begin; i < brow_end; ++i) {
        points.push_back(points[i] + up);
    }
    std::vector<cv::Point> pixels;
    for (const cv::Point2d& point : points) {
        pixels.emplace_back(to_pixel(std::round(point.x)), to_pixel(std::round(point.y)));
    }
    std::vector<cv::Point> hull;
    cv::convexHull(pixels, hull);
    cv::Mat mask = cv::Mat::zeros(size, size, CV_8UC1);
    cv::fillConvexPoly(mask, hull, cv::Scalar(255));
    cv::GaussianBlur(mask, mask, cv::Size(5, 5), 0);
    return {mask.datastart, mask.dataend};
}

}  // namespace hrn::front
