// The synthetic face model: a grid of n x n vertices bent to a face, its topology, texture coordinates,
// landmarks, and smooth linear bases over the grid. Closed forms in float64, rounded once; every
// expression is evaluated in a fixed order (no fused multiply-add), so that the bits are the same
// everywhere and equal to those of the golden numbers.
//
// Vertex index = row * n + column, row 0 is the chin, column 0 the image's left. Decimetres, x right, y up,
// z towards the camera. Pure functions, any thread; basis() uses all cores.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

namespace hrn::model {

inline constexpr int default_grid = 189;

// n*n x 3; not centred.
[[nodiscard]] std::vector<double> face_template(int n);
// 2(n-1)^2 triangles, vertices from 0, counter-clockwise seen from +z.
[[nodiscard]] std::vector<std::array<std::int32_t, 3>> face_triangles(int n);
// n*n x 8: the triangles of each vertex from 0, ascending, padded with the number of triangles.
[[nodiscard]] std::vector<std::int32_t> face_point_buffer(int n);
// n*n x 2: u, v in (0, 1), v up.
[[nodiscard]] std::vector<float> face_uvs(int n);
// 68 vertices from 0, iBUG order.
[[nodiscard]] std::vector<std::int64_t> face_landmarks(int n);

// Grid coordinates -1..1 of the vertices of one axis.
[[nodiscard]] std::vector<double> grid_axis(int n);
// Grid coordinates of texel centres of one axis, clamped to -1..1; rows use them reversed.
[[nodiscard]] std::vector<double> texel_axis(int size);
// size x size x 3, 0..255, RGB, row 0 at the top.
[[nodiscard]] std::vector<float> mean_texture(int size);

struct BasisRule {
    std::string_view file;  // names of the synthetic tensor that gives the coefficients
    std::string_view tensor;
    int count;  // basis vectors
    int side;   // polynomials in x; vector k is T_(k mod side)(x) * T_(k div side)(y)
    double scale;
};
inline constexpr BasisRule identity_basis{"BFM_model_front.mat", "idBase", 80, 9, 0.06};
inline constexpr BasisRule expression_basis{"BFM_model_front.mat", "exBase", 64, 8, 0.04};
inline constexpr BasisRule texture_basis{"BFM_model_front.mat", "texBase", 80, 9, 24.0};
inline constexpr BasisRule texture_map_basis{"bfm_texmap_base2.npy", "base", 80, 9, 24.0};

// (ys * xs * 3) x count, row-major: Chebyshev products over the grid, per channel.
[[nodiscard]] std::vector<float> basis(const BasisRule& rule, const std::vector<double>& xs,
                                       const std::vector<double>& ys, std::uint64_t seed);

}  // namespace hrn::model
