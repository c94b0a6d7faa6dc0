// Made-up outputs of the front end's networks and a face in a photo, of the sizes that the steps around the
// networks meet in a real portrait. For bench_host.
//
// Pure functions; the same numbers every time.
#pragma once

#include <array>
#include <cmath>
#include <random>
#include <vector>

#include "worker/hrn/front/alignment.hpp"
#include "worker/hrn/front/face_contours.hpp"
#include "worker/hrn/front/retina_boxes.hpp"
#include "worker/hrn/front/s3fd_boxes.hpp"
#include "worker/hrn/types.hpp"

namespace hrn::bench {

inline std::vector<float> noise(std::size_t count, float low, float high) {
    std::mt19937 random(7);
    std::uniform_real_distribution<float> range(low, high);
    std::vector<float> numbers(count);
    for (float& number : numbers) {
        number = range(random);
    }
    return numbers;
}

// A face whose 224 crop shows a third of the photo's height.
struct FaceInPhoto {
    front::Box box;
    std::array<double, 4> square{};
    front::CropFrame crop_224, crop_512;
    front::Points68 landmarks_224{};
};
inline FaceInPhoto face_in(const Photo& photo) {
    const double side = photo.height / 3.0;
    const double x = photo.width / 2.0;
    const double y = photo.height * 0.25;
    FaceInPhoto face;
    face.box = {x - side / 3, y - side / 3, x + side / 3, y + side / 3};
    face.square = {x - side / 2, y - side / 2, side, side};
    const front::WeakPerspective fit{x, photo.height - 1 - y, side * 102 / 224};
    face.crop_224 = front::crop_frame(fit, photo.width, photo.height, 224);
    face.crop_512 = front::crop_frame(fit, photo.width, photo.height, 512);
    for (int i = 0; i < 68; ++i) {
        const double angle = 2 * 3.14159265 * i / 68;
        face.landmarks_224[static_cast<std::size_t>(2 * i)] = static_cast<float>(112 + 60 * std::cos(angle));
        face.landmarks_224[static_cast<std::size_t>(2 * i + 1)] =
            static_cast<float>(112 + 60 * std::sin(angle));
    }
    return face;
}

// Ten rows of 10752 say "face".
inline front::RetinaRaw detector_output() {
    constexpr std::size_t rows = 10752;
    front::RetinaRaw raw{noise(2 * rows, -3, 0), noise(4 * rows, -1, 1), noise(10 * rows, -1, 1)};
    for (std::size_t row = 0; row < rows; ++row) {
        raw.confidences[2 * row] = 4;
        raw.confidences[2 * row + 1] = row % 1075 == 0 ? 6.0F : -4.0F;
    }
    return raw;
}

inline std::vector<float> logits_106() {
    return noise(std::size_t{106} * 14 * 14, -4, 4);
}

inline std::array<front::S3fdLevel, front::s3fd_levels> s3fd_output() {
    std::array<front::S3fdLevel, front::s3fd_levels> levels;
    const int sides[] = {56, 28, 14, 11, 6, 3};
    for (std::size_t i = 0; i < levels.size(); ++i) {
        const auto cells = static_cast<std::size_t>(sides[i] * sides[i]);
        levels[i] = {sides[i], sides[i], noise(2 * cells, -2, 2), noise(4 * cells, -1, 1)};
        for (std::size_t cell = 0; cell < cells; ++cell) {
            levels[i].classes[cell] = 5;
            levels[i].classes[cells + cell] = cell % 97 == 3 ? 7.0F : -3.0F;
        }
    }
    return levels;
}

inline std::vector<float> heat_maps() {
    return noise(std::size_t{68} * 64 * 64, 0, 1);
}

// A face that fills the 800-pixel enlargement as an aligned one does.
inline front::FaceContours contours() {
    front::Points106 points{};
    const auto ellipse = [&](int first, int last, double x, double y, double rx, double ry, double from,
                             double to) {
        for (int i = first; i <= last; ++i) {
            const double angle = from + (to - from) * (i - first) / std::max(1, last - first);
            points[static_cast<std::size_t>(i)] = {x + rx * std::cos(angle), y + ry * std::sin(angle)};
        }
    };
    constexpr double pi = 3.14159265;
    ellipse(0, 32, 400, 380, 200, 270, pi, 0);
    ellipse(33, 41, 310, 300, 60, 15, pi, 2 * pi);
    ellipse(42, 50, 490, 300, 60, 15, pi, 2 * pi);
    ellipse(51, 65, 400, 400, 45, 60, -pi / 2, pi / 2);
    ellipse(66, 74, 315, 340, 35, 15, 0, 2 * pi);
    ellipse(75, 83, 485, 340, 35, 15, 0, 2 * pi);
    ellipse(84, 105, 400, 520, 75, 30, 0, 2 * pi);
    return front::contours_of_106({210, 130, 590, 640}, points);
}

}  // namespace hrn::bench
