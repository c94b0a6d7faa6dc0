#include "worker/hrn/output/ply_writer.hpp"

#include <bit>
#include <cstddef>
#include <cstring>

namespace hrn::output {

static_assert(std::endian::native == std::endian::little, "PLY and GLB are written by copying memory");

namespace {

constexpr std::size_t floats_per_vertex = 8;
constexpr std::size_t bytes_per_face = 1 + 3 * sizeof(std::int32_t);

}  // namespace

void append_ply(std::string& out, const MeshView& mesh, std::string_view texture_name) {
    check_mesh(mesh);
    const std::size_t vertices = mesh.positions.size() / 3;
    const std::size_t faces = mesh.faces.size() / 3;
    out += "ply\nformat binary_little_endian 1.0\ncomment TextureFile ";
    out += texture_name;
    out += "\nelement vertex " + std::to_string(vertices) + "\n";
    for (const char* property : {"x", "y", "z", "nx", "ny", "nz", "s", "t"}) {
        out += std::string("property float ") + property + "\n";
    }
    out += "element face " + std::to_string(faces) + "\nproperty list uchar int vertex_indices\nend_header\n";

    const std::size_t begin = out.size();
    out.resize(begin + vertices * floats_per_vertex * sizeof(float) + faces * bytes_per_face);
    char* p = out.data() + begin;
    const auto put = [&p](const void* from, std::size_t size) {
        std::memcpy(p, from, size);
        p += size;
    };
    for (std::size_t i = 0; i < vertices; ++i) {
        put(&mesh.positions[3 * i], 3 * sizeof(float));
        put(&mesh.normals[3 * i], 3 * sizeof(float));
        put(&mesh.uvs[2 * i], 2 * sizeof(float));
    }
    for (std::size_t f = 0; f < faces; ++f) {
        *p++ = 3;
        put(&mesh.faces[3 * f], 3 * sizeof(std::int32_t));
    }
}

}  // namespace hrn::output
