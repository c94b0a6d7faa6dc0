#include "worker/hrn/core/grid_normals.hpp"

#include <algorithm>
#include <array>
#include <stdexcept>
#include <string>

namespace hrn::core {
namespace {

void require_grid(const Map& map, int channels) {
    if (map.height != uv_size || map.width != uv_size || map.channels != channels) {
        throw std::invalid_argument("a UV map is not 256 x 256 x " + std::to_string(channels));
    }
}

constexpr std::size_t texel(int row, int column) {
    return static_cast<std::size_t>(row) * uv_size + static_cast<std::size_t>(column);
}

bool has_quad(int row, int column) {
    return row >= grid_bounds.first_row && row <= grid_bounds.last_row &&
           column >= grid_bounds.first_column && column <= grid_bounds.last_column;
}

Vec3 triangle_normal(Vec3 a, Vec3 b, Vec3 c) {
    return cross(b - a, c - a);
}

struct Quad {
    Vec3 upper, lower;  // normals of its two triangles, as long as twice their area
};

}  // namespace

Map grid_normals(const Map& positions, Team& team) {
    require_grid(positions, 3);
    std::vector<Quad> quads(positions.pixels());
    team.over(uv_size, [&](std::size_t begin, std::size_t end) {
        for (int y = static_cast<int>(begin); y < static_cast<int>(end); ++y) {
            for (int x = 0; x < uv_size; ++x) {
                if (!has_quad(y, x)) {
                    continue;
                }
                const Vec3 a = positions.vec3(texel(y, x));
                const Vec3 b = positions.vec3(texel(y + 1, x));
                const Vec3 c = positions.vec3(texel(y, x + 1));
                const Vec3 d = positions.vec3(texel(y + 1, x + 1));
                quads[texel(y, x)] = {triangle_normal(a, b, c), triangle_normal(c, b, d)};
            }
        }
    });
    Map out(uv_size, uv_size, 3);
    team.over(uv_size, [&](std::size_t begin, std::size_t end) {
        for (int y = static_cast<int>(begin); y < static_cast<int>(end); ++y) {
            for (int x = 0; x < uv_size; ++x) {
                // Quads that are not there hold zeros; those off the map are left out.
                Vec3 sum;
                if (y > 0 && x > 0) {
                    sum = sum + quads[texel(y - 1, x - 1)].lower;
                }
                if (y > 0) {
                    sum = sum + quads[texel(y - 1, x)].upper + quads[texel(y - 1, x)].lower;
                }
                if (x > 0) {
                    sum = sum + quads[texel(y, x - 1)].upper + quads[texel(y, x - 1)].lower;
                }
                sum = sum + quads[texel(y, x)].upper;
                const Vec3 n = sum / std::max(length(sum), 1e-6F);
                out.set(texel(y, x), {-n.x, -n.y, n.z});
            }
        }
    });
    return out;
}

Map displaced(const Map& positions, const Map& normals, const Map& displacement) {
    require_grid(positions, 3);
    require_grid(normals, 3);
    require_grid(displacement, 1);
    Map out(uv_size, uv_size, 3);
    for (std::size_t t = 0; t < out.pixels(); ++t) {
        out.set(t, positions.vec3(t) + normals.vec3(t) * displacement.values[t]);
    }
    return out;
}

Map detail_normals(const Map& positions, const Map& normals, const Map& displacement, Team& team) {
    const Map fine = grid_normals(displaced(positions, normals, displacement), team);
    const Map coarse = grid_normals(positions, team);
    Map out(uv_size, uv_size, 3);
    for (std::size_t i = 0; i < out.values.size(); ++i) {
        out.values[i] = fine.values[i] + (normals.values[i] - coarse.values[i]);
    }
    return out;
}

std::vector<Face> grid_faces() {
    std::vector<Face> faces;
    for (int y = grid_bounds.first_row; y <= grid_bounds.last_row; ++y) {
        for (int x = grid_bounds.first_column; x <= grid_bounds.last_column; ++x) {
            const int a = y * uv_size + x;
            faces.push_back({a, a + uv_size, a + 1});
            faces.push_back({a + 1, a + uv_size, a + uv_size + 1});
        }
    }
    return faces;
}

}  // namespace hrn::core
