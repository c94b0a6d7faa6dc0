// A made-up face for the tests: a dome of n x n vertices in front of the model's camera, textured over most
// of UV space, and an AlignedFace of a photo whose crop is the photo itself.
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "worker/hrn/output/mesh_view.hpp"
#include "worker/hrn/output/topology.hpp"
#include "worker/hrn/types.hpp"

namespace hrn::output::testing {

struct GridMesh {
    std::vector<float> positions, normals;
    Topology topology;

    [[nodiscard]] MeshView view() const { return {positions, normals, topology.uvs, topology.faces}; }
};

// x, y in -0.8..0.8; z = 0.6 (1 - r^2) with r = 1 at the edges' middles. Row 0 is the chin. u grows with x, v
// with y.
inline GridMesh dome(int n) {
    GridMesh mesh;
    for (int row = 0; row < n; ++row) {
        for (int column = 0; column < n; ++column) {
            const float p = 2.0F * static_cast<float>(column) / static_cast<float>(n - 1) - 1.0F;
            const float q = 2.0F * static_cast<float>(row) / static_cast<float>(n - 1) - 1.0F;
            mesh.positions.insert(mesh.positions.end(),
                                  {0.8F * p, 0.8F * q, 0.6F * (1 - p * p / 2 - q * q / 2)});
            const float nx = 0.75F * p, ny = 0.75F * q;  // minus the slope: 0.6 p / 0.8
            const float length = std::sqrt(nx * nx + ny * ny + 1);
            mesh.normals.insert(mesh.normals.end(), {nx / length, ny / length, 1 / length});
            mesh.topology.uvs.insert(mesh.topology.uvs.end(), {0.5F + 0.45F * p, 0.5F + 0.45F * q});
        }
    }
    for (int row = 0; row + 1 < n; ++row) {
        for (int column = 0; column + 1 < n; ++column) {
            const int a = row * n + column;
            mesh.topology.faces.insert(mesh.topology.faces.end(), {a, a + 1, a + n, a + 1, a + n + 1, a + n});
        }
    }
    return mesh;
}

// A reconstruction of the dome. Texture: red grows with u, green with v, blue 0.25.
inline Reconstruction reconstruction_of(const GridMesh& mesh) {
    constexpr int side = 256;
    Reconstruction face;
    face.vertices = mesh.positions;
    face.normals = mesh.normals;
    face.coefficients_from = "network";
    face.projected_68.assign(136, 50.0F);
    face.smoothed_mask.assign(side * side, 1.0F);
    face.rendered_mask.assign(224 * 224, 1);
    face.dense_positions.assign(side * side * 3, 0.0F);
    face.dense_normals.assign(side * side * 3, 0.0F);
    for (int row = 0; row < side; ++row) {
        for (int column = 0; column < side; ++column) {
            const float u = (static_cast<float>(column) + 0.5F) / side,
                        v = 1 - (static_cast<float>(row) + 0.5F) / side;
            face.texture.insert(face.texture.end(), {u, v, 0.25F});
            const float p = (u - 0.5F) / 0.45F, q = (v - 0.5F) / 0.45F;
            if (std::abs(p) < 1 && std::abs(q) < 1) {
                const std::size_t i = 3 * static_cast<std::size_t>(row * side + column);
                face.dense_positions[i] = 0.8F * p;
                face.dense_positions[i + 1] = 0.8F * q;
                face.dense_positions[i + 2] = 0.6F * (1 - p * p / 2 - q * q / 2);
                face.dense_normals[i + 2] = 1;
            }
        }
    }
    return face;
}

// The photo is 224 x 224 and its own crop: scale 1, no offset.
inline AlignedFace aligned_face() {
    AlignedFace aligned;
    aligned.image_224.assign(224 * 224 * 3, 128);
    aligned.image_512.assign(512 * 512 * 3, 128);
    aligned.mask_224.assign(224 * 224, 255);
    aligned.texture_target_224.assign(224 * 224 * 3, 128);
    aligned.landmarks_224.fill(50.0F);
    aligned.landmarks_photo.fill(50.0F);
    aligned.box = {60, 50, 160, 170};
    aligned.detector_score = 1.5F;
    aligned.scale_512 = 512.0 / 224.0;
    return aligned;
}

}  // namespace hrn::output::testing
