#include "worker/hrn/front/retina_boxes.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <numeric>
#include <opencv2/imgproc.hpp>

#include "worker/hrn/front/non_maximum.hpp"
#include "worker/hrn/front/points.hpp"

namespace hrn::front {
namespace {

constexpr double score_limit = 0.7;
constexpr double overlap_limit = 0.4;
constexpr float centre_variance = 0.1F;
constexpr float size_variance = 0.2F;

constexpr float mean_share[] = {0.485F, 0.456F, 0.406F};
constexpr float deviation_share[] = {0.229F, 0.224F, 0.225F};

// A box that has no pixel left after clipping is dropped; the others stay as they are, unclipped.
bool touches(const std::array<int, 4>& box, int width, int height) {
    const auto degenerate = [](int low, int high, int size) {
        const int clipped = std::clamp(low, 0, size - 1);
        return clipped >= std::min(std::max(high, clipped + 1), size - 1);
    };
    return !degenerate(box[0], box[2], width) && !degenerate(box[1], box[3], height);
}

}  // namespace

std::array<int, 2> retina_size(int height, int width) {
    const double scale = static_cast<double>(retina_side) / std::max(height, width);
    if (scale == 1) {
        return {height, width};
    }
    // nearbyint rounds half to even in the default mode.
    return {static_cast<int>(std::nearbyint(height * scale)),
            static_cast<int>(std::nearbyint(width * scale))};
}

RetinaInput retina_input(const cv::Mat& rgb) {
    RetinaInput input;
    input.image_width = rgb.cols;
    input.image_height = rgb.rows;
    const auto [height, width] = retina_size(rgb.rows, rgb.cols);
    if (rgb.rows == height && rgb.cols == width) {
        input.resized = rgb.clone();
    } else {
        cv::resize(rgb, input.resized, cv::Size(width, height), 0, 0, cv::INTER_LINEAR);
    }
    input.left = (retina_side - width) / 2;
    input.top = (retina_side - height) / 2;
    constexpr std::size_t plane = std::size_t{retina_side} * retina_side;
    input.planes.assign(3 * plane, 0.0F);
    for (int channel = 0; channel < 3; ++channel) {
        const float mean = mean_share[channel] * 255.0F;
        const float reciprocal = 1.0F / (deviation_share[channel] * 255.0F);
        for (int row = 0; row < height; ++row) {
            const auto* from = input.resized.ptr<std::uint8_t>(row);
            float* to = input.planes.data() + channel * plane + std::size_t{retina_side} * (input.top + row) +
                        input.left;
            for (int column = 0; column < width; ++column) {
                to[column] = (static_cast<float>(from[3 * column + channel]) - mean) * reciprocal;
            }
        }
    }
    return input;
}

std::vector<float> retina_priors(int height, int width) {
    constexpr int steps[] = {8, 16, 32};
    constexpr int sizes[3][2] = {{16, 32}, {64, 128}, {256, 512}};
    std::vector<float> priors;
    for (int level = 0; level < 3; ++level) {
        const int step = steps[level];
        for (int row = 0; row < (height + step - 1) / step; ++row) {
            for (int column = 0; column < (width + step - 1) / step; ++column) {
                for (const int size : sizes[level]) {
                    priors.push_back(static_cast<float>((column + 0.5) * step / width));
                    priors.push_back(static_cast<float>((row + 0.5) * step / height));
                    priors.push_back(static_cast<float>(static_cast<double>(size) / width));
                    priors.push_back(static_cast<float>(static_cast<double>(size) / height));
                }
            }
        }
    }
    return priors;
}

std::vector<float> decode_boxes(const std::vector<float>& offsets, const std::vector<float>& priors) {
    std::vector<float> boxes(offsets.size());
    for (std::size_t row = 0; row + 3 < offsets.size(); row += 4) {
        for (std::size_t axis = 0; axis < 2; ++axis) {
            const float prior_size = priors[row + 2 + axis];
            const float centre = priors[row + axis] + offsets[row + axis] * centre_variance * prior_size;
            const float size = prior_size * std::exp(offsets[row + 2 + axis] * size_variance);
            const float corner = centre - size / 2;
            boxes[row + axis] = corner;
            boxes[row + 2 + axis] = size + corner;
        }
    }
    return boxes;
}

std::vector<float> decode_landmarks(const std::vector<float>& offsets, const std::vector<float>& priors) {
    std::vector<float> points(offsets.size());
    for (std::size_t i = 0; i < offsets.size(); ++i) {
        const std::size_t prior = 4 * (i / 10);
        const std::size_t axis = i % 2;
        points[i] = priors[prior + axis] + offsets[i] * centre_variance * priors[prior + 2 + axis];
    }
    return points;
}

std::vector<float> face_scores(const std::vector<float>& confidences) {
    std::vector<float> scores(confidences.size() / 2);
    for (std::size_t row = 0; row < scores.size(); ++row) {
        const float background = confidences[2 * row];
        const float face = confidences[2 * row + 1];
        const float largest = std::max(background, face);
        const float face_part = std::exp(face - largest);
        scores[row] = face_part / (std::exp(background - largest) + face_part);
    }
    return scores;
}

RetinaFaces retina_faces(const RetinaRaw& raw, const RetinaInput& input) {
    RetinaFaces result;
    const std::vector<float> priors = retina_priors(retina_side, retina_side);
    const auto to_pixels = [](std::vector<float> shares) {
        for (float& value : shares) {
            value *= static_cast<float>(retina_side);
        }
        return shares;
    };
    result.scores = face_scores(raw.confidences);
    result.boxes = to_pixels(decode_boxes(raw.offsets, priors));
    result.landmarks = to_pixels(decode_landmarks(raw.landmarks, priors));
    for (std::size_t row = 0; row < result.scores.size(); ++row) {
        if (result.scores[row] > score_limit) {
            result.candidates.push_back(static_cast<int>(row));
        }
    }
    std::stable_sort(result.candidates.begin(), result.candidates.end(),
                     [&](int a, int b) { return result.scores[a] > result.scores[b]; });
    std::vector<float> boxes;
    std::vector<float> scores;
    for (const int row : result.candidates) {
        boxes.insert(boxes.end(), result.boxes.begin() + std::ptrdiff_t{4} * row,
                     result.boxes.begin() + std::ptrdiff_t{4} * row + 4);
        scores.push_back(result.scores[row]);
    }
    const double back = static_cast<double>(std::max(input.image_width, input.image_height)) / retina_side;
    const int pad[] = {input.left, input.top};
    for (const int index : suppress_torchvision(boxes, scores, overlap_limit)) {
        const int row = result.candidates[index];
        result.kept.push_back(row);
        RetinaFace face;
        face.score = result.scores[row];
        for (int i = 0; i < 4; ++i) {
            face.box[i] = to_pixel((to_pixel(result.boxes[4 * row + i]) - pad[i % 2]) * back);
        }
        for (int i = 0; i < 10; ++i) {
            const float unpadded = result.landmarks[10 * row + i] - static_cast<float>(pad[i % 2]);
            face.landmarks[i] = to_pixel(unpadded * back);
        }
        if (touches(face.box, input.image_width, input.image_height)) {
            result.faces.push_back(face);
        }
    }
    return result;
}

}  // namespace hrn::front
