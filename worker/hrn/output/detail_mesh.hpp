// The detailed mesh: the dense 256x256 grid of surface points X + h n with the high-frequency relief in the
// geometry (core.md 13 a).
//
// Faces are those of g's grid (core.md 8). Points whose x, y and z are all exactly 0 lie outside the face and
// are removed with every face that uses them. The official cropper expects faces from 1 but gets them from 0,
// so that it looks up each face one point off and leaves holes and stray triangles; that slip is NOT
// reproduced. Normals are the geometry's own (area-weighted), not core.md 8's detail normals: those are not
// unit vectors and serve the light only.
//
// Pure functions; any thread. Diagnostics: std::invalid_argument for a wrong size, OutputError for a number
// that is not finite or a grid without any face.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "worker/hrn/output/mesh_view.hpp"

namespace hrn::output {

struct DetailMesh {
    std::vector<float> positions;     // M x 3, world
    std::vector<float> normals;       // M x 3, unit
    std::vector<float> uvs;           // M x 2, v up: the centre of the point's texel
    std::vector<std::int32_t> faces;  // G x 3, from 0, counter-clockwise

    [[nodiscard]] MeshView view() const { return {positions, normals, uvs, faces}; }
};

// dense_positions: 256 x 256 x 3, row 0 at v = 1 (Reconstruction::dense_positions).
DetailMesh make_detail_mesh(std::span<const float> dense_positions);

}  // namespace hrn::output
