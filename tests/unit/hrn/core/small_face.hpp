// The synthetic face on a coarse grid, held in memory: a whole FaceModel for tests that need one.
#pragma once

#include <algorithm>
#include <vector>

#include "worker/hrn/core/face_model.hpp"
#include "worker/model/synthetic_face.hpp"

namespace hrn::core {

inline constexpr int small_grid = 41;

inline FaceModel small_face() {
    constexpr int n = small_grid;
    const auto seed = std::uint64_t{1};
    FaceModel face;
    const std::vector<double> points = model::face_template(n);
    face.mean.assign(points.begin(), points.end());
    float depth = 0;  // the template is not centred; the camera expects about that
    for (std::size_t i = 2; i < face.mean.size(); i += 3) {
        depth += face.mean[i];
    }
    depth /= static_cast<float>(face.mean.size() / 3);
    for (std::size_t i = 2; i < face.mean.size(); i += 3) {
        face.mean[i] -= depth;
    }
    const std::vector<double> axis = model::grid_axis(n);
    face.basis.rows = face.mean.size();
    for (const model::BasisRule& rule : {model::identity_basis, model::expression_basis}) {
        const std::vector<float> rows = model::basis(rule, axis, axis, seed);
        const auto count = static_cast<std::size_t>(rule.count);
        std::vector<float> columns;
        for (std::size_t k = 0; k < count; ++k) {
            for (std::size_t i = k; i < rows.size(); i += count) {
                columns.push_back(rows[i]);
            }
        }
        face.basis.append(columns);
    }
    for (const auto& triangle : model::face_triangles(n)) {
        face.faces.push_back({triangle[0], triangle[1], triangle[2]});
    }
    face.uv_faces = face.faces;
    const std::vector<std::int32_t> around = model::face_point_buffer(n);
    face.vertex_faces.resize(around.size() / 8);
    for (std::size_t i = 0; i < around.size(); ++i) {
        face.vertex_faces[i / 8][i % 8] = around[i];
    }
    const std::vector<float> uvs = model::face_uvs(n);
    for (std::size_t i = 0; i < uvs.size(); i += 2) {
        face.uvs.push_back({uvs[i], uvs[i + 1]});
    }
    const std::vector<std::int64_t> landmarks = model::face_landmarks(n);
    std::copy(landmarks.begin(), landmarks.end(), face.landmarks.begin());
    face.derive();
    return face;
}

}  // namespace hrn::core
