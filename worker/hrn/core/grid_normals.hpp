// Normals of a surface given as a position for every UV texel, and the detail normals made of them
// (`g` and `d`, core.md 8).
//
// Pure functions on 256 x 256 x 3 maps (std::invalid_argument); any thread.
#pragma once

#include <vector>

#include "worker/hrn/core/team.hpp"
#include "worker/hrn/core/vec3.hpp"

namespace hrn::core {

// Quads whose top-left corner lies in columns 2..252 and rows 5..249 have triangles
// (y,x),(y+1,x),(y,x+1) and (y,x+1),(y+1,x),(y+1,x+1).
struct GridBounds {
    int first_column = 2, last_column = 252, first_row = 5, last_row = 249;
};
inline constexpr GridBounds grid_bounds;

// Area-weighted vertex normals of that grid, divided by max(length, 1e-6), x and y negated; 0 where no
// triangle is.
[[nodiscard]] Map grid_normals(const Map& positions, Team& team);

// d = g(X + h n) + (n - g(X)), not of unit length. positions: X, normals: n (both 3 channels),
// displacement: h (one channel).
[[nodiscard]] Map detail_normals(const Map& positions, const Map& normals, const Map& displacement,
                                 Team& team);

// X + h n.
[[nodiscard]] Map displaced(const Map& positions, const Map& normals, const Map& displacement);

// The grid's triangles as indices row * 256 + column, in the winding above.
[[nodiscard]] std::vector<Face> grid_faces();

}  // namespace hrn::core
