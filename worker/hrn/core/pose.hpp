// Rotation, translation and the camera (core.md 4). Lengths in decimetres; row vectors are multiplied from
// the left; the camera stands at z = 10 and looks along -z; x right, y up.
//
// Pure functions, any thread, cannot fail. A point in the camera's plane (z = 0) projects to infinity or NaN.
#pragma once

#include <array>
#include <cmath>
#include <cstddef>
#include <span>
#include <vector>

#include "worker/hrn/core/team.hpp"
#include "worker/hrn/core/vec3.hpp"

namespace hrn::core {

inline constexpr float focal_length = 1015.0F;   // pixels of the 224 crop
inline constexpr float image_centre = 112.0F;    // of the 224 crop, both axes
inline constexpr float camera_distance = 10.0F;  // decimetres

struct Matrix3 {
    std::array<float, 9> m{};  // row-major
};

// v @ R, each number with fused multiply-adds in the order x, y, z: what the matrix products of CPUs and GPUs
// do, hence what the official numbers are made of.
inline Vec3 rotate(Vec3 v, const Matrix3& r) {
    const auto column = [&](std::size_t k) {
        return std::fma(v.z, r.m[6 + k], std::fma(v.y, r.m[3 + k], v.x * r.m[k]));
    };
    return {column(0), column(1), column(2)};
}

struct Pose {
    Matrix3 rotation;
    Vec3 translation;
};

// R = (Rz(c) Ry(b) Rx(a)) transposed, for angles (a, b, c) in radians.
[[nodiscard]] Matrix3 rotation_of(std::span<const float, 3> angles);

// World points: shape @ R + t.
void to_world(std::span<const Vec3> shape, const Pose& pose, std::span<Vec3> world, Team& team);
// Camera points: (x, y, 10 - z). Its own inverse up to rounding.
void flip_depth(std::span<const Vec3> points, std::span<Vec3> out, Team& team);
// Directions: n @ R.
void rotate_all(std::span<const Vec3> directions, const Matrix3& rotation, std::span<Vec3> out, Team& team);

// Pixel of the 224 crop, y UP, of a camera point: (1015 x + 112 z, 1015 y + 112 z) / z. The numerator is
// fused like the matrix product that it officially is; where a coordinate falls on a whole pixel, its last
// bit decides which pixel is read (core.md 6).
inline Vec2 project(Vec3 camera) {
    return {std::fma(camera.z, image_centre, focal_length * camera.x) / camera.z,
            std::fma(camera.z, image_centre, focal_length * camera.y) / camera.z};
}

}  // namespace hrn::core
