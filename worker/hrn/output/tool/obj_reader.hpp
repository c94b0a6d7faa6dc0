// Reads a triangle mesh from Wavefront OBJ text: our own files, and others whose every corner uses one index
// for position, texture coordinate and normal.
//
// Pure function. Diagnostics: OutputError with the line's number and what is wrong with it.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "worker/hrn/output/mesh_view.hpp"

namespace hrn::output {

struct ObjMesh {
    std::vector<float> positions, normals, uvs;
    std::vector<std::int32_t> faces;

    [[nodiscard]] MeshView view() const { return {positions, normals, uvs, faces}; }
};

// Lines other than v, vt, vn and f are passed over. The result has passed check_mesh().
ObjMesh read_obj(std::string_view text);

}  // namespace hrn::output
