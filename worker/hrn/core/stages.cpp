#include "worker/hrn/core/stages.hpp"

#include <utility>

#include "worker/hrn/core/deformation.hpp"
#include "worker/hrn/core/grid_normals.hpp"
#include "worker/hrn/core/mask_smoothing.hpp"

namespace hrn::core {

PosedShape posed(std::vector<Vec3> shape, const Pose& pose, Team& team) {
    PosedShape out;
    out.shape = std::move(shape);
    out.world.resize(out.shape.size());
    out.camera.resize(out.shape.size());
    to_world(out.shape, pose, out.world, team);
    flip_depth(out.world, out.camera, team);
    return out;
}

PosedShape base_shape(const FaceModel& model, const Coefficients& coefficients, Team& team) {
    return posed(face_shape(model, shape_part(coefficients), team), pose_of(coefficients), team);
}

PosedShape deformed_shape(const FaceModel& model, const std::vector<Vec3>& base, const Map& deformation,
                          const Pose& pose, Team& team) {
    std::vector<Vec3> shape(base.size());
    shape_offset(deformation, model.offset_taps, shape, team);
    for (std::size_t i = 0; i < shape.size(); ++i) {
        shape[i] = base[i] + shape[i];
    }
    return posed(std::move(shape), pose, team);
}

std::vector<Vec3> rotated_normals(const FaceModel& model, std::span<const Vec3> shape, const Pose& pose,
                                  Team& team) {
    std::vector<Vec3> normals(shape.size());
    shape_normals(shape, model.faces, model.vertex_faces, normals, team);
    rotate_all(normals, pose.rotation, normals, team);
    return normals;
}

std::vector<float> projected_landmarks(const FaceModel& model, std::span<const Vec3> camera) {
    std::vector<float> out;
    out.reserve(2 * landmark_count);
    for (const int vertex : model.landmarks) {
        const Vec2 p = project(camera[static_cast<std::size_t>(vertex)]);
        out.push_back(p.x);
        out.push_back(p.y);
    }
    return out;
}

Map smoothed_mask(const Map& valid_mask, Team& team) {
    return blur11(erode3(valid_mask), team);
}

Detail detail(const FaceModel& model, const PosedShape& deformed, std::span<const Vec3> normals_rotated,
              const Map& displacement, Team& team) {
    Detail out;
    out.positions = to_uv(model.uv_raster, deformed.world, team);
    out.normals = to_uv(model.uv_raster, normals_rotated, team);
    out.detailed = detail_normals(out.positions, out.normals, displacement, team);
    return out;
}

View view(const FaceModel& model, std::span<const Vec3> camera, Team& team) {
    const std::vector<ClipPoint> points = to_clip(camera);
    View out;
    out.raster = rasterise_faces(points, model.faces, team);
    out.pixels = texture_pixels(out.raster, points, model.faces, model.uvs);
    return out;
}

std::vector<Vec3> output_vertices(std::span<const Vec3> camera, Team& team) {
    std::vector<Vec3> out(camera.size());
    flip_depth(camera, out, team);
    return out;
}

}  // namespace hrn::core
