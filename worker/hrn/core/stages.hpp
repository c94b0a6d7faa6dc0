// The core's operations in the order of core.md, grouped by what lies between two networks: what the Core
// runs for each face, and what the golden checker runs piece by piece.
//
// Pure functions of the model and their arguments; any thread, one Team each.
#pragma once

#include <span>
#include <vector>

#include "worker/hrn/core/coefficients.hpp"
#include "worker/hrn/core/face_model.hpp"
#include "worker/hrn/core/face_raster.hpp"
#include "worker/hrn/core/team.hpp"
#include "worker/hrn/core/texture_lookup.hpp"
#include "worker/hrn/core/vec3.hpp"

namespace hrn::core {

// A shape at its place (core.md 4).
struct PosedShape {
    std::vector<Vec3> shape;   // model space
    std::vector<Vec3> world;   // rotated and moved
    std::vector<Vec3> camera;  // depth flipped
};
[[nodiscard]] PosedShape posed(std::vector<Vec3> shape, const Pose& pose, Team& team);

// From coefficients: the undeformed face (core.md 4).
[[nodiscard]] PosedShape base_shape(const FaceModel& model, const Coefficients& coefficients, Team& team);

// With the deformation map added (core.md 7).
[[nodiscard]] PosedShape deformed_shape(const FaceModel& model, const std::vector<Vec3>& base,
                                        const Map& deformation, const Pose& pose, Team& team);

// norm(shape) @ R, N (core.md 4).
[[nodiscard]] std::vector<Vec3> rotated_normals(const FaceModel& model, std::span<const Vec3> shape,
                                                const Pose& pose, Team& team);

// The model's landmarks in the crop, 68 x (x, y), y up.
[[nodiscard]] std::vector<float> projected_landmarks(const FaceModel& model, std::span<const Vec3> camera);

// Vs of core.md 7.
[[nodiscard]] Map smoothed_mask(const Map& valid_mask, Team& team);

// High-frequency normals and what they need (core.md 8).
struct Detail {
    Map positions;  // X: of the deformed shape, world
    Map normals;    // n: rotated, smooth
    Map detailed;   // d
};
[[nodiscard]] Detail detail(const FaceModel& model, const PosedShape& deformed,
                            std::span<const Vec3> normals_rotated, const Map& displacement, Team& team);

// What the 224 raster shows of the final mesh (core.md 9).
struct View {
    FaceRaster raster;
    std::vector<TexturePixel> pixels;
};
[[nodiscard]] View view(const FaceModel& model, std::span<const Vec3> camera, Team& team);

// Vertices of the output mesh: the depth flipped back, rounded twice as officially (core.md 11).
[[nodiscard]] std::vector<Vec3> output_vertices(std::span<const Vec3> camera, Team& team);

}  // namespace hrn::core
