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

// A row whose two numbers differ by less has a score below 0.69 for sure.
constexpr float surely_no_face = 0.8F;

// Softmax of background and face: the face's share.
float face_score(const float* pair) {
    const float largest = std::max(pair[0], pair[1]);
    const float face_part = std::exp(pair[1] - largest);
    return face_part / (std::exp(pair[0] - largest) + face_part);
}

void decode_box(const float* offsets, const float* prior, float* corners) {
    for (std::size_t axis = 0; axis < 2; ++axis) {
        const float prior_size = prior[2 + axis];
        const float centre = prior[axis] + offsets[axis] * centre_variance * prior_size;
        const float size = prior_size * std::exp(offsets[2 + axis] * size_variance);
        const float corner = centre - size / 2;
        corners[axis] = corner;
        corners[2 + axis] = size + corner;
    }
}

void decode_points(const float* offsets, const float* prior, float* points) {
    for (std::size_t i = 0; i < 10; ++i) {
        const std::size_t axis = i % 2;
        points[i] = prior[axis] + offsets[i] * centre_variance * prior[2 + axis];
    }
}

// From shares of the network's input to its pixels.
template <typename Numbers>
void to_pixels(Numbers& shares) {
    for (float& value : shares) {
        value *= static_cast<float>(retina_side);
    }
}

// A row's box and landmarks (or none), pixels of the network's input, in pixels of the image.
RetinaFace in_image(float score, const float* box, const float* landmarks, const RetinaInput& input) {
    const double back = static_cast<double>(std::max(input.image_width, input.image_height)) / retina_side;
    const int pad[] = {input.left, input.top};
    RetinaFace face;
    face.score = score;
    for (std::size_t i = 0; i < face.box.size(); ++i) {
        face.box[i] = to_pixel((to_pixel(box[i]) - pad[i % 2]) * back);
    }
    for (std::size_t i = 0; landmarks != nullptr && i < face.landmarks.size(); ++i) {
        const float unpadded = landmarks[i] - static_cast<float>(pad[i % 2]);
        face.landmarks[i] = to_pixel(unpadded * back);
    }
    return face;
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
    return input;
}

RetinaNormalisation retina_normalisation() {
    RetinaNormalisation result;
    for (std::size_t channel = 0; channel < 3; ++channel) {
        result.mean[channel] = mean_share[channel] * 255.0F;
        result.reciprocal[channel] = 1.0F / (deviation_share[channel] * 255.0F);
    }
    return result;
}

std::vector<float> retina_planes(const NetworkInput& input) {
    constexpr std::size_t plane = std::size_t{retina_side} * retina_side;
    const RetinaNormalisation normalisation = retina_normalisation();
    std::vector<float> planes(3 * plane, 0.0F);
    for (std::size_t channel = 0; channel < 3; ++channel) {
        const float mean = normalisation.mean[channel];
        const float reciprocal = normalisation.reciprocal[channel];
        for (int row = 0; row < input.rgb.rows; ++row) {
            const auto* from = input.rgb.ptr<std::uint8_t>(row) + channel;
            float* to =
                planes.data() + channel * plane + std::size_t{retina_side} * (input.top + row) + input.left;
            for (int column = 0; column < input.rgb.cols; ++column) {
                to[column] = (static_cast<float>(from[3 * column]) - mean) * reciprocal;
            }
        }
    }
    return planes;
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
        decode_box(offsets.data() + row, priors.data() + row, boxes.data() + row);
    }
    return boxes;
}

std::vector<float> decode_landmarks(const std::vector<float>& offsets, const std::vector<float>& priors) {
    std::vector<float> points(offsets.size());
    for (std::size_t row = 0; 10 * row + 9 < offsets.size(); ++row) {
        decode_points(offsets.data() + 10 * row, priors.data() + 4 * row, points.data() + 10 * row);
    }
    return points;
}

std::vector<float> face_scores(const std::vector<float>& confidences) {
    std::vector<float> scores(confidences.size() / 2);
    for (std::size_t row = 0; row < scores.size(); ++row) {
        scores[row] = face_score(confidences.data() + 2 * row);
    }
    return scores;
}

RetinaFaces retina_faces(const RetinaRaw& raw, const RetinaInput& input) {
    RetinaFaces result;
    const std::vector<float> priors = retina_priors(retina_side, retina_side);
    result.scores = face_scores(raw.confidences);
    result.boxes = decode_boxes(raw.offsets, priors);
    to_pixels(result.boxes);
    result.landmarks = decode_landmarks(raw.landmarks, priors);
    to_pixels(result.landmarks);
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
    for (const int index : suppress_torchvision(boxes, scores, overlap_limit)) {
        const auto row = static_cast<std::size_t>(result.candidates[static_cast<std::size_t>(index)]);
        result.kept.push_back(static_cast<int>(row));
        const RetinaFace face = in_image(result.scores[row], result.boxes.data() + 4 * row,
                                         result.landmarks.data() + 10 * row, input);
        if (touches(face.box, input.image_width, input.image_height)) {
            result.faces.push_back(face);
        }
    }
    return result;
}

std::vector<RetinaFace> best_faces(const RetinaRaw& raw, const RetinaInput& input) {
    static const std::vector<float> priors = retina_priors(retina_side, retina_side);
    struct Candidate {
        float score = 0;
        std::array<float, 4> box{};
        std::array<float, 10> landmarks{};
    };
    std::vector<Candidate> candidates;
    for (std::size_t row = 0; row < raw.confidences.size() / 2; ++row) {
        const float* pair = raw.confidences.data() + 2 * row;
        if (pair[1] - pair[0] < surely_no_face) {
            continue;
        }
        Candidate candidate;
        candidate.score = face_score(pair);
        if (candidate.score > score_limit) {
            decode_box(raw.offsets.data() + 4 * row, priors.data() + 4 * row, candidate.box.data());
            to_pixels(candidate.box);
            if (!raw.landmarks.empty()) {
                decode_points(raw.landmarks.data() + 10 * row, priors.data() + 4 * row,
                              candidate.landmarks.data());
                to_pixels(candidate.landmarks);
            }
            candidates.push_back(candidate);
        }
    }
    std::stable_sort(candidates.begin(), candidates.end(),
                     [](const Candidate& a, const Candidate& b) { return a.score > b.score; });
    std::vector<float> boxes;
    std::vector<float> scores;
    for (const Candidate& candidate : candidates) {
        boxes.insert(boxes.end(), candidate.box.begin(), candidate.box.end());
        scores.push_back(candidate.score);
    }
    std::vector<RetinaFace> faces;
    for (const int index : suppress_torchvision(boxes, scores, overlap_limit)) {
        const Candidate& kept = candidates[static_cast<std::size_t>(index)];
        const RetinaFace face = in_image(kept.score, kept.box.data(),
                                         raw.landmarks.empty() ? nullptr : kept.landmarks.data(), input);
        if (touches(face.box, input.image_width, input.image_height)) {
            faces.push_back(face);
        }
    }
    return faces;
}

}  // namespace hrn::front
