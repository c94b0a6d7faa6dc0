#include "worker/runtime/hrn/synthetic_faces.hpp"

#include <cmath>
#include <cstdint>
#include <numbers>

#include "worker/hrn/image/synthetic_photo.hpp"

namespace hrn::runtime {

namespace {

constexpr int kSide = 224;
constexpr int kLargeSide = 512;

// An upright oval, as a face's mask is.
std::vector<std::uint8_t> oval() {
    std::vector<std::uint8_t> mask(std::size_t{kSide} * kSide);
    for (int y = 0; y < kSide; ++y) {
        for (int x = 0; x < kSide; ++x) {
            const double across = (x - 112.0) / 75;
            const double down = (y - 112.0) / 95;
            if (across * across + down * down <= 1) {
                mask[static_cast<std::size_t>(y) * kSide + static_cast<std::size_t>(x)] = 255;
            }
        }
    }
    return mask;
}

AlignedFace synthetic_face(int phase) {
    AlignedFace face;
    face.image_224 = image::smooth_image(kSide, kSide, phase).rgb;
    face.image_512 = image::smooth_image(kLargeSide, kLargeSide, phase).rgb;
    face.mask_224 = oval();
    face.texture_target_224 = face.image_224;
    for (int i = 0; i < 68; ++i) {
        const double angle = 2 * std::numbers::pi * i / 68;
        const auto index = static_cast<std::size_t>(2 * i);
        face.landmarks_224[index] = static_cast<float>(112 + 60 * std::cos(angle));
        face.landmarks_224[index + 1] = static_cast<float>(112 + 60 * std::sin(angle));
    }
    face.landmarks_photo = face.landmarks_224;
    return face;
}

}  // namespace

std::vector<AlignedFace> synthetic_faces(int count) {
    std::vector<AlignedFace> faces;
    for (int i = 0; i < count; ++i) {
        faces.push_back(synthetic_face(i));
    }
    return faces;
}

}  // namespace hrn::runtime
