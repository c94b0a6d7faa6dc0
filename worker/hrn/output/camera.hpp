// The model's camera, and the way from its 224 px crop to the pixels of the photo.
//
// Values and pure functions; any thread.
// Frames: "continuous" pixels have (0,0) at the top-left CORNER of the first pixel and y down, so that pixel
// i covers i..i+1. That is where the rasteriser of the texture fit puts its samples (core.md 9), hence what
// agrees with the fitted texture. Photo pixels as in AlignedFace (centre of the first pixel at 0) are
// continuous minus 0.5.
#pragma once

#include <array>
#include <cmath>

#include "worker/hrn/types.hpp"

namespace hrn::output {

inline constexpr float camera_focal = 1015;   // pixels of the 224 crop (core.md 4)
inline constexpr float camera_centre = 112;   // both axes
inline constexpr float camera_distance = 10;  // the camera stands at z = 10, looking towards -z
inline constexpr float camera_near = 0.1F;    // nothing nearer is drawn
inline constexpr float crop_side = 224;

struct CropPoint {
    float x, y;   // continuous pixels of the 224 crop, y down
    float depth;  // distance from the camera along its axis, decimetres
};

// A world point (decimetres) in the crop. For depth < camera_near x and y have no meaning.
inline CropPoint project(float x, float y, float z) {
    const float depth = camera_distance - z;
    return {camera_centre + camera_focal * x / depth, camera_centre - camera_focal * y / depth, depth};
}

// Cosine between the unit normal (nx, ny, nz) of world point (x, y, z) and the direction to the camera.
inline float facing(float x, float y, float z, float nx, float ny, float nz) {
    const float dx = -x, dy = -y, dz = camera_distance - z;
    return (nx * dx + ny * dy + nz * dz) / std::sqrt(dx * dx + dy * dy + dz * dz);
}

// photo = scale * crop + offset, continuous pixels on both sides, per axis.
struct CropToPhoto {
    double scale_x = 1, scale_y = 1;
    double offset_x = 0, offset_y = 0;
};

// How the 224 crop was cut (front.md 7): the photo of frame_width x frame_height was resized to trunc(side *
// scale) and cut at (left, up). `photo_width` x `photo_height` is the photo that is wanted: the frame itself,
// or the original of which the frame is a smaller copy. Throws std::invalid_argument when a size is not
// positive or the scaled photo would be empty.
CropToPhoto crop_to_photo(const AlignedFace& face, int frame_width, int frame_height, int photo_width,
                          int photo_height);

// R of core.md 4 for the angles (a, b, c) in radians: world = shape @ R + t. Row-major.
std::array<double, 9> rotation_matrix(const std::array<double, 3>& angles);

}  // namespace hrn::output
