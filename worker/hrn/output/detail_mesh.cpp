#include "worker/hrn/output/detail_mesh.hpp"

#include <array>
#include <cmath>
#include <cstddef>
#include <stdexcept>
#include <string>

namespace hrn::output {

namespace {

constexpr std::size_t side = 256;
// Quads of g's grid by their top-left point (core.md 8).
constexpr std::size_t first_column = 2, last_column = 252, first_row = 5, last_row = 249;

// New index of each grid point, -1 where it is removed; fills positions and uvs.
std::vector<std::int32_t> keep_points(std::span<const float> grid, DetailMesh& mesh) {
    std::vector<std::int32_t> index(side * side, -1);
    std::int32_t kept = 0;
    for (std::size_t i = 0; i < side * side; ++i) {
        const float x = grid[3 * i], y = grid[3 * i + 1], z = grid[3 * i + 2];
        if (x == 0 && y == 0 && z == 0) {
            continue;
        }
        index[i] = kept++;
        mesh.positions.insert(mesh.positions.end(), {x, y, z});
        const std::size_t down = i / side, across = i % side;
        const auto column = static_cast<float>(across), row = static_cast<float>(down);
        mesh.uvs.insert(mesh.uvs.end(), {(column + 0.5F) / side, 1.0F - (row + 0.5F) / side});
    }
    return index;
}

void add_face(const std::vector<std::int32_t>& index, std::size_t a, std::size_t b, std::size_t c,
              std::vector<std::int32_t>& faces) {
    if (index[a] >= 0 && index[b] >= 0 && index[c] >= 0) {
        faces.insert(faces.end(), {index[a], index[b], index[c]});
    }
}

std::vector<float> area_weighted_normals(std::span<const float> positions,
                                         std::span<const std::int32_t> faces) {
    std::vector<float> normals(positions.size(), 0.0F);
    const auto corner = [&](std::int32_t i) { return &positions[3 * static_cast<std::size_t>(i)]; };
    for (std::size_t f = 0; f < faces.size(); f += 3) {
        const float *a = corner(faces[f]), *b = corner(faces[f + 1]), *c = corner(faces[f + 2]);
        const std::array<float, 3> u{b[0] - a[0], b[1] - a[1], b[2] - a[2]};
        const std::array<float, 3> w{c[0] - a[0], c[1] - a[1], c[2] - a[2]};
        const std::array<float, 3> n{u[1] * w[2] - u[2] * w[1], u[2] * w[0] - u[0] * w[2],
                                     u[0] * w[1] - u[1] * w[0]};
        for (std::size_t k = 0; k < 3; ++k) {
            float* sum = &normals[3 * static_cast<std::size_t>(faces[f + k])];
            for (std::size_t axis = 0; axis < 3; ++axis) {
                sum[axis] += n[axis];
            }
        }
    }
    for (std::size_t i = 0; i < normals.size(); i += 3) {
        const float length = std::hypot(normals[i], normals[i + 1], normals[i + 2]);
        if (length > 0) {
            for (std::size_t axis = 0; axis < 3; ++axis) {
                normals[i + axis] /= length;
            }
        } else {
            normals[i + 2] = 1.0F;  // a point of no face looks at the camera
        }
    }
    return normals;
}

}  // namespace

DetailMesh make_detail_mesh(std::span<const float> dense_positions) {
    if (dense_positions.size() != side * side * 3) {
        throw std::invalid_argument("detail mesh: " + std::to_string(dense_positions.size()) +
                                    " numbers instead of 256 x 256 x 3");
    }
    check_finite(dense_positions, "dense positions");
    DetailMesh mesh;
    const std::vector<std::int32_t> index = keep_points(dense_positions, mesh);
    for (std::size_t y = first_row; y <= last_row; ++y) {
        for (std::size_t x = first_column; x <= last_column; ++x) {
            const std::size_t top_left = y * side + x;
            const std::size_t below = top_left + side;
            add_face(index, top_left, below, top_left + 1, mesh.faces);
            add_face(index, top_left + 1, below, below + 1, mesh.faces);
        }
    }
    if (mesh.faces.empty()) {
        throw OutputError("the detailed mesh has no face: the texture space is empty");
    }
    mesh.normals = area_weighted_normals(mesh.positions, mesh.faces);
    return mesh;
}

}  // namespace hrn::output
