// glTF 2.0 binary (GLB) with the texture inside, as bytes.
//
// One node, one mesh, one primitive. Positions stay in decimetres in the buffer, as in OBJ and PLY; the node
// scales by 0.1, because a glTF scene is in metres. Texture coordinates are flipped (glTF's v points down).
// The material is KHR_materials_unlit: the fitted texture already bears the photo's light; a viewer without
// that extension takes a rough, non-metallic one. Indices are 16 bit while they can be.
//
// Never touches the file system; any thread. Diagnostics: as check_mesh(); also std::invalid_argument for an
// empty texture.
#pragma once

#include <string>
#include <string_view>

#include "worker/hrn/output/mesh_view.hpp"

namespace hrn::output {

// `texture` is a whole JPEG or PNG file, `mime_type` "image/jpeg" or "image/png".
void append_glb(std::string& out, const MeshView& mesh, std::string_view texture, std::string_view mime_type);

}  // namespace hrn::output
