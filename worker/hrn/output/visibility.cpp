#include "worker/hrn/output/visibility.hpp"

#include <cstddef>
#include <stdexcept>

#include "worker/hrn/output/camera.hpp"
#include "worker/hrn/output/raster.hpp"

namespace hrn::output {

namespace {

constexpr int depth_side = 448;  // two samples per crop pixel: about 0.45 mm on a face
// A vertex this much behind the nearest surface of its pixel still belongs to that surface: covers the
// surface's slope within a pixel up to about 80 degrees. A nose hides a cheek by centimetres.
constexpr float depth_tolerance = 0.03F;  // decimetres

}  // namespace

std::vector<float> seen_cosines(const MeshView& mesh) {
    const std::size_t count = mesh.positions.size() / 3;
    if (mesh.normals.size() != mesh.positions.size()) {
        throw std::invalid_argument("visibility: a normal for each vertex is needed");
    }
    std::vector<ScreenVertex> screen(count);
    constexpr float enlarge = depth_side / crop_side;
    for (std::size_t i = 0; i < count; ++i) {
        const float* p = &mesh.positions[3 * i];
        const CropPoint point = project(p[0], p[1], p[2]);
        screen[i] = {point.x * enlarge, point.y * enlarge, point.depth};
    }
    const std::vector<float> depths = nearest_depths(screen, mesh.faces, depth_side, depth_side);

    std::vector<float> cosines(count, 0.0F);
    for (std::size_t i = 0; i < count; ++i) {
        const ScreenVertex& v = screen[i];
        if (!(v.depth >= camera_near && v.x >= 0 && v.y >= 0 && v.x < depth_side && v.y < depth_side)) {
            continue;
        }
        const std::size_t pixel = static_cast<std::size_t>(v.y) * depth_side + static_cast<std::size_t>(v.x);
        if (v.depth > depths[pixel] + depth_tolerance) {
            continue;
        }
        const float *p = &mesh.positions[3 * i], *n = &mesh.normals[3 * i];
        const float cosine = facing(p[0], p[1], p[2], n[0], n[1], n[2]);
        cosines[i] = cosine > 0 ? cosine : 0;
    }
    return cosines;
}

}  // namespace hrn::output
