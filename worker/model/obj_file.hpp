// The faces of a Wavefront .obj file (core.md 2: of template_bfm.obj only the `f` lines matter).
//
// Any thread. Everything wrong throws ModelError with one line that names the file and the line.
#pragma once

#include <array>
#include <filesystem>
#include <vector>

namespace hrn::model {

// Vertex indices from 0, in the order of the file; the first index of each `a/b/c`. Triangles only; an
// index of 0, a negative one or one beyond 2^31-2 is refused. Whether the indices exist among the model's
// vertices is the caller's to check: only the caller knows their number.
[[nodiscard]] std::vector<std::array<int, 3>> read_obj_faces(const std::filesystem::path& path);

}  // namespace hrn::model
