// Binary little-endian PLY with normals and texture coordinates, as bytes.
//
// Per vertex: x y z nx ny nz s t (float32; t up, as in the OBJ); per face: uchar 3, three int32. The texture
// is named in a `comment TextureFile` line, which MeshLab and assimp follow.
//
// Never touches the file system; any thread. Diagnostics: as check_mesh().
#pragma once

#include <string>
#include <string_view>

#include "worker/hrn/output/mesh_view.hpp"

namespace hrn::output {

void append_ply(std::string& out, const MeshView& mesh, std::string_view texture_name);

}  // namespace hrn::output
