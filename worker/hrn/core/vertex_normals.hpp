// Vertex normals: of the model's shape (core.md 4) and of the output mesh (core.md 11). The two differ in
// what a face adds to a vertex and in what becomes of nothing.
//
// Pure functions, any thread. Indices must be valid: the model's loader has checked them.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "worker/hrn/core/team.hpp"
#include "worker/hrn/core/vec3.hpp"

namespace hrn::core {

// Up to eight faces of a vertex; the number of faces stands for "none".
using VertexFaces = std::array<int, 8>;

// Per face cross(v1 - v2, v2 - v3) / max(length, 1e-12); per vertex the unweighted sum over its faces, again
// divided by max(length, 1e-12). A vertex whose faces cancel gets 0.
void shape_normals(std::span<const Vec3> shape, std::span<const Face> faces,
                   std::span<const VertexFaces> vertex_faces, std::span<Vec3> out, Team& team);

// For each vertex the faces around it: those whose first corner it is in the order of faces, then second,
// then third corners. The official sum runs in this order.
struct CornerLists {
    std::vector<std::int32_t> first;  // N + 1 offsets into faces
    std::vector<std::int32_t> faces;
};
[[nodiscard]] CornerLists corner_lists(std::size_t vertex_count, std::span<const Face> faces);

// Per face cross(v1 - v0, v2 - v0) of unit length, exact zero becomes (0,0,1); unweighted sum per vertex,
// exact zero (and a vertex without faces) becomes (0,0,1); unit length.
void mesh_normals(std::span<const Vec3> vertices, std::span<const Face> faces, const CornerLists& corners,
                  std::span<Vec3> out, Team& team);

}  // namespace hrn::core
