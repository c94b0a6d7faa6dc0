// Wavefront OBJ and its MTL, as bytes (core.md 11).
//
// Unlike the official text, `mtllib` and `usemtl` are always written, so that a standard viewer shows the
// texture. File names in the text are the fixed ones of a result directory (design.md 5); no user's name
// enters either file.
//
// Never touches the file system. ObjTemplate is made once per model and then only read, from any thread.
// Diagnostics: as check_mesh().
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "worker/hrn/output/mesh_view.hpp"

namespace hrn::output {

inline constexpr std::string_view material_library_name = "mesh.mtl";
inline constexpr std::string_view material_name = "material_0";

// The parts of an OBJ that depend on the model alone: `vt` and `f` lines, two thirds of the file.
class ObjTemplate {
public:
    // uvs N x 2, v up; faces F x 3 from 0. Each vertex uses its own index for position, uv and normal.
    ObjTemplate(std::span<const float> uvs, std::span<const std::int32_t> faces);

    // Appends the whole OBJ. positions and normals are N x 3.
    void append(std::string& out, std::span<const float> positions, std::span<const float> normals) const;

private:
    std::size_t vertex_count_;
    std::string texture_lines_;
    std::string face_lines_;
};

// Appends the OBJ of a mesh whose faces are its own (the detailed mesh).
void append_obj(std::string& out, const MeshView& mesh);

// The MTL; `texture_name` is "texture.jpg" or "texture.png". Ka is white, not the official red, which some
// viewers really show.
std::string material_library(std::string_view texture_name);

}  // namespace hrn::output
