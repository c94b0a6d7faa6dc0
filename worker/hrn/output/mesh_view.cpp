#include "worker/hrn/output/mesh_view.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <string>

namespace hrn::output {

void check_faces(std::span<const std::int32_t> faces, std::size_t vertex_count) {
    if (faces.size() % 3 != 0) {
        throw std::invalid_argument("mesh: " + std::to_string(faces.size()) +
                                    " face indices are not a multiple of three");
    }
    for (std::size_t i = 0; i < faces.size(); ++i) {
        if (faces[i] < 0 || static_cast<std::size_t>(faces[i]) >= vertex_count) {
            throw std::invalid_argument("mesh: face " + std::to_string(i / 3) + " uses vertex " +
                                        std::to_string(faces[i]) + " of " + std::to_string(vertex_count));
        }
    }
}

void check_finite(std::span<const float> numbers, const char* what) {
    const auto bad = std::find_if(numbers.begin(), numbers.end(), [](float x) { return !std::isfinite(x); });
    if (bad != numbers.end()) {
        throw OutputError(std::string("the reconstruction is not usable: number ") +
                          std::to_string(bad - numbers.begin()) + " of its " + what +
                          " is not finite; the model's weights or the device are at fault");
    }
}

void check_mesh(const MeshView& mesh) {
    const std::size_t count = mesh.positions.size() / 3;
    if (count == 0 || mesh.positions.size() != 3 * count || mesh.normals.size() != 3 * count ||
        mesh.uvs.size() != 2 * count) {
        throw std::invalid_argument("mesh: " + std::to_string(mesh.positions.size()) + " position, " +
                                    std::to_string(mesh.normals.size()) + " normal and " +
                                    std::to_string(mesh.uvs.size()) +
                                    " texture numbers do not describe the same vertices");
    }
    check_faces(mesh.faces, count);
    check_finite(mesh.positions, "vertices");
    check_finite(mesh.normals, "normals");
    check_finite(mesh.uvs, "texture coordinates");
}

}  // namespace hrn::output
