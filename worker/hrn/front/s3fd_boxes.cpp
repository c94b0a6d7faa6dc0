#include "worker/hrn/front/s3fd_boxes.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>

#include "worker/hrn/front/non_maximum.hpp"

namespace hrn::front {
namespace {

constexpr double decoded_score = 0.05;
constexpr double kept_score = 0.5;
constexpr double overlap_limit = 0.3;
constexpr double centre_variance = 0.1;
constexpr double size_variance = 0.2;

}  // namespace

std::vector<float> s3fd_input(const cv::Mat& rgb) {
    const std::size_t plane = static_cast<std::size_t>(rgb.rows) * rgb.cols;
    std::vector<float> planes(3 * plane);
    for (int row = 0; row < rgb.rows; ++row) {
        const auto* from = rgb.ptr<std::uint8_t>(row);
        for (int column = 0; column < rgb.cols; ++column) {
            for (int channel = 0; channel < 3; ++channel) {
                planes[channel * plane + static_cast<std::size_t>(row) * rgb.cols + column] =
                    static_cast<float>(from[3 * column + 2 - channel]) - s3fd_means[channel];
            }
        }
    }
    return planes;
}

std::vector<ScoredBox> decode_s3fd(const std::array<S3fdLevel, s3fd_levels>& levels) {
    std::vector<ScoredBox> boxes;
    double stride = 4;
    for (const S3fdLevel& level : levels) {
        const std::size_t cells = static_cast<std::size_t>(level.height) * level.width;
        for (std::size_t cell = 0; cell < cells; ++cell) {
            const float background = level.classes[cell];
            const float face = level.classes[cells + cell];
            const float largest = std::max(background, face);
            const float face_part = std::exp(face - largest);
            const float score = face_part / (std::exp(background - largest) + face_part);
            if (!(score > decoded_score)) {
                continue;
            }
            ScoredBox box{};
            const std::size_t index[] = {cell % level.width, cell / level.width};
            for (int axis = 0; axis < 2; ++axis) {
                const double prior_size = 4 * stride;
                const double centre = stride / 2 + static_cast<double>(index[axis]) * stride +
                                      level.offsets[axis * cells + cell] * centre_variance * prior_size;
                const double size =
                    prior_size * std::exp(level.offsets[(2 + axis) * cells + cell] * size_variance);
                box[axis] = centre - size / 2;
                box[2 + axis] = size + box[axis];
            }
            box[4] = score;
            boxes.push_back(box);
        }
        stride *= 2;
    }
    return boxes;
}

std::vector<ScoredBox> select_s3fd(const std::vector<ScoredBox>& decoded) {
    std::vector<double> corners;
    std::vector<double> scores;
    for (const ScoredBox& box : decoded) {
        corners.insert(corners.end(), box.begin(), box.begin() + 4);
        scores.push_back(box[4]);
    }
    std::vector<ScoredBox> kept;
    for (const int index : suppress_s3fd(corners, scores, overlap_limit)) {
        if (decoded[index][4] > kept_score) {
            kept.push_back(decoded[index]);
        }
    }
    return kept;
}

}  // namespace hrn::front
