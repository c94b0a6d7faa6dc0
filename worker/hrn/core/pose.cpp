#include "worker/hrn/core/pose.hpp"

#include <cmath>

namespace hrn::core {
namespace {

using Square = std::array<double, 9>;

Square times(const Square& a, const Square& b) {
    Square out{};
    for (std::size_t i = 0; i < 3; ++i) {
        for (std::size_t j = 0; j < 3; ++j) {
            out[3 * i + j] = a[3 * i] * b[j] + a[3 * i + 1] * b[3 + j] + a[3 * i + 2] * b[6 + j];
        }
    }
    return out;
}

}  // namespace

Matrix3 rotation_of(std::span<const float, 3> angles) {
    // In float64 and rounded once: nine numbers, and every vertex depends on them.
    const double a = angles[0], b = angles[1], c = angles[2];
    const Square rx = {1, 0, 0, 0, std::cos(a), -std::sin(a), 0, std::sin(a), std::cos(a)};
    const Square ry = {std::cos(b), 0, std::sin(b), 0, 1, 0, -std::sin(b), 0, std::cos(b)};
    const Square rz = {std::cos(c), -std::sin(c), 0, std::sin(c), std::cos(c), 0, 0, 0, 1};
    const Square product = times(rz, times(ry, rx));
    Matrix3 out;
    for (std::size_t i = 0; i < 3; ++i) {
        for (std::size_t j = 0; j < 3; ++j) {
            out.m[3 * i + j] = static_cast<float>(product[3 * j + i]);
        }
    }
    return out;
}

void to_world(std::span<const Vec3> shape, const Pose& pose, std::span<Vec3> world, Team& team) {
    team.over(shape.size(), [&](std::size_t begin, std::size_t end) {
        for (std::size_t i = begin; i < end; ++i) {
            world[i] = rotate(shape[i], pose.rotation) + pose.translation;
        }
    });
}

void flip_depth(std::span<const Vec3> points, std::span<Vec3> out, Team& team) {
    team.over(points.size(), [&](std::size_t begin, std::size_t end) {
        for (std::size_t i = begin; i < end; ++i) {
            out[i] = {points[i].x, points[i].y, camera_distance - points[i].z};
        }
    });
}

void rotate_all(std::span<const Vec3> directions, const Matrix3& rotation, std::span<Vec3> out, Team& team) {
    team.over(directions.size(), [&](std::size_t begin, std::size_t end) {
        for (std::size_t i = begin; i < end; ++i) {
            out[i] = rotate(directions[i], rotation);
        }
    });
}

}  // namespace hrn::core
