#include "worker/hrn/core/vertex_normals.hpp"

#include <algorithm>

namespace hrn::core {
namespace {

bool is_zero(Vec3 v) {
    return v.x == 0 && v.y == 0 && v.z == 0;
}

Vec3 unit_or_up(Vec3 v) {
    if (is_zero(v)) {
        return {0, 0, 1};
    }
    return v / length(v);
}

}  // namespace

void shape_normals(std::span<const Vec3> shape, std::span<const Face> faces,
                   std::span<const VertexFaces> vertex_faces, std::span<Vec3> out, Team& team) {
    std::vector<Vec3> face_normals(faces.size() + 1);  // the last one is the padding: zero
    team.over(faces.size(), [&](std::size_t begin, std::size_t end) {
        for (std::size_t f = begin; f < end; ++f) {
            const Vec3 v1 = shape[static_cast<std::size_t>(faces[f][0])];
            const Vec3 v2 = shape[static_cast<std::size_t>(faces[f][1])];
            const Vec3 v3 = shape[static_cast<std::size_t>(faces[f][2])];
            const Vec3 n = cross(v1 - v2, v2 - v3);
            face_normals[f] = n / std::max(length(n), 1e-12F);
        }
    });
    team.over(vertex_faces.size(), [&](std::size_t begin, std::size_t end) {
        for (std::size_t v = begin; v < end; ++v) {
            Vec3 sum;
            for (const int f : vertex_faces[v]) {
                sum = sum + face_normals[static_cast<std::size_t>(f)];
            }
            out[v] = sum / std::max(length(sum), 1e-12F);
        }
    });
}

CornerLists corner_lists(std::size_t vertex_count, std::span<const Face> faces) {
    CornerLists lists;
    lists.first.assign(vertex_count + 1, 0);
    for (const Face& face : faces) {
        for (const int v : face) {
            ++lists.first[static_cast<std::size_t>(v) + 1];
        }
    }
    for (std::size_t v = 0; v < vertex_count; ++v) {
        lists.first[v + 1] += lists.first[v];
    }
    lists.faces.resize(3 * faces.size());
    std::vector<std::int32_t> next(lists.first.begin(), lists.first.end() - 1);
    for (std::size_t corner = 0; corner < 3; ++corner) {
        for (std::size_t f = 0; f < faces.size(); ++f) {
            const auto v = static_cast<std::size_t>(faces[f][corner]);
            lists.faces[static_cast<std::size_t>(next[v]++)] = static_cast<std::int32_t>(f);
        }
    }
    return lists;
}

void mesh_normals(std::span<const Vec3> vertices, std::span<const Face> faces, const CornerLists& corners,
                  std::span<Vec3> out, Team& team) {
    std::vector<Vec3> face_normals(faces.size());
    team.over(faces.size(), [&](std::size_t begin, std::size_t end) {
        for (std::size_t f = begin; f < end; ++f) {
            const Vec3 v0 = vertices[static_cast<std::size_t>(faces[f][0])];
            const Vec3 v1 = vertices[static_cast<std::size_t>(faces[f][1])];
            const Vec3 v2 = vertices[static_cast<std::size_t>(faces[f][2])];
            face_normals[f] = unit_or_up(cross(v1 - v0, v2 - v0));
        }
    });
    team.over(vertices.size(), [&](std::size_t begin, std::size_t end) {
        for (std::size_t v = begin; v < end; ++v) {
            Vec3 sum;
            for (auto i = static_cast<std::size_t>(corners.first[v]);
                 i < static_cast<std::size_t>(corners.first[v + 1]); ++i) {
                sum = sum + face_normals[static_cast<std::size_t>(corners.faces[i])];
            }
            out[v] = unit_or_up(sum);
        }
    });
}

}  // namespace hrn::core
