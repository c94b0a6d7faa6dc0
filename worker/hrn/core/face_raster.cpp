#include "worker/hrn/core/face_raster.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

namespace hrn::core {
namespace {

constexpr std::int64_t subpixels = 16;
constexpr std::int64_t half_extent = 8 * (crop_size - 1);  // pixel i's sample is at 16 i - half_extent
constexpr float snap_scale = 8.0F * crop_size;

struct SnappedPoint {
    std::int64_t x = 0, y = 0;  // 1/16 pixel from the image centre
    double depth = 0;           // z / w, -1 near .. 1 far
};

// A triangle of positive area on the snapped grid.
struct SnappedTriangle {
    std::array<SnappedPoint, 3> p;
    std::int64_t area = 0;  // twice
    std::int32_t face = -1;
    int first_row = 0, last_row = -1, first_column = 0, last_column = -1;
};

std::int64_t cross(std::int64_t ax, std::int64_t ay, std::int64_t bx, std::int64_t by) {
    return ax * by - ay * bx;
}

// Products are rounded one by one, then to even. Clipped points may exceed the frustum by rounding only.
SnappedPoint snap(const ClipPoint& c) {
    const float reciprocal = 1.0F / c.w;
    const float limit = 4.0F * snap_scale;  // keeps wild numbers of degenerate pieces inside an integer
    const auto to_grid = [&](float v) {
        return static_cast<std::int64_t>(
            std::nearbyintf(std::clamp(v * reciprocal * snap_scale, -limit, limit)));
    };
    return {to_grid(c.x), to_grid(c.y), static_cast<double>(c.z / c.w)};
}

// First and last pixel whose sample lies in [lo, hi].
int first_pixel(std::int64_t lo) {
    const std::int64_t shifted = lo + half_extent + subpixels - 1;
    return static_cast<int>(std::max<std::int64_t>(0, shifted < 0 ? 0 : shifted / subpixels));
}
int last_pixel(std::int64_t hi) {
    const std::int64_t shifted = hi + half_extent;
    return shifted < 0 ? -1 : static_cast<int>(std::min<std::int64_t>(crop_size - 1, shifted / subpixels));
}

void add_triangle(const ClipTriangle& clip, std::int32_t face, std::vector<SnappedTriangle>& out) {
    SnappedTriangle t;
    t.p = {snap(clip[0]), snap(clip[1]), snap(clip[2])};
    t.area = cross(t.p[1].x - t.p[0].x, t.p[1].y - t.p[0].y, t.p[2].x - t.p[0].x, t.p[2].y - t.p[0].y);
    if (t.area == 0) {
        return;
    }
    if (t.area < 0) {
        std::swap(t.p[1], t.p[2]);
        t.area = -t.area;
    }
    const auto [x_lo, x_hi] = std::minmax({t.p[0].x, t.p[1].x, t.p[2].x});
    const auto [y_lo, y_hi] = std::minmax({t.p[0].y, t.p[1].y, t.p[2].y});
    t.first_column = first_pixel(x_lo);
    t.last_column = last_pixel(x_hi);
    t.first_row = first_pixel(y_lo);
    t.last_row = last_pixel(y_hi);
    if (t.first_column > t.last_column || t.first_row > t.last_row) {
        return;
    }
    t.face = face;
    out.push_back(t);
}

// A sample on an edge belongs to the triangle unless the edge runs this way: two neighbours share it once.
bool edge_excluded(std::int64_t dx, std::int64_t dy) {
    return dy > 0 || (dy == 0 && dx <= 0);
}

// Depth as the 32-bit integer that is compared.
std::uint32_t depth_word(double depth) {
    return static_cast<std::uint32_t>(std::clamp(depth * 0.5 + 0.5, 0.0, 1.0) * 4294967295.0);
}

void fill(const SnappedTriangle& t, int row, std::uint32_t* nearest, std::int32_t* face) {
    const std::int64_t y = subpixels * row - half_extent;
    for (int column = t.first_column; column <= t.last_column; ++column) {
        const std::int64_t x = subpixels * column - half_extent;
        std::array<std::int64_t, 3> e{};
        bool covered = true;
        for (std::size_t k = 0; k < 3 && covered; ++k) {
            const SnappedPoint& from = t.p[k];
            const SnappedPoint& to = t.p[(k + 1) % 3];
            const std::int64_t dx = to.x - from.x;
            const std::int64_t dy = to.y - from.y;
            e[k] = cross(dx, dy, x - from.x, y - from.y);
            covered = e[k] > 0 || (e[k] == 0 && !edge_excluded(dx, dy));
        }
        if (!covered) {
            continue;
        }
        const double depth =
            (static_cast<double>(e[1]) * t.p[0].depth + static_cast<double>(e[2]) * t.p[1].depth +
             static_cast<double>(e[0]) * t.p[2].depth) /
            static_cast<double>(t.area);
        const std::uint32_t word = depth_word(depth);
        if (word <= nearest[column]) {  // faces come in ascending order: equal depth goes to the later one
            nearest[column] = word;
            face[column] = t.face;
        }
    }
}

std::vector<SnappedTriangle> set_up(std::span<const ClipPoint> points, std::span<const Face> faces) {
    std::vector<SnappedTriangle> triangles;
    triangles.reserve(faces.size());
    std::vector<ClipTriangle> pieces;
    for (std::size_t f = 0; f < faces.size(); ++f) {
        const ClipTriangle clip = {points[static_cast<std::size_t>(faces[f][0])],
                                   points[static_cast<std::size_t>(faces[f][1])],
                                   points[static_cast<std::size_t>(faces[f][2])]};
        const auto id = static_cast<std::int32_t>(f);
        if (inside_frustum(clip[0]) && inside_frustum(clip[1]) && inside_frustum(clip[2])) {
            add_triangle(clip, id, triangles);
            continue;
        }
        clip_to_frustum(clip, pieces);
        for (const ClipTriangle& piece : pieces) {
            if (piece[0].w > 0 && piece[1].w > 0 && piece[2].w > 0) {
                add_triangle(piece, id, triangles);
            }
        }
    }
    return triangles;
}

}  // namespace

std::vector<std::uint8_t> FaceRaster::mask() const {
    std::vector<std::uint8_t> out(face.size());
    std::transform(face.begin(), face.end(), out.begin(),
                   [](std::int32_t f) { return static_cast<std::uint8_t>(f >= 0 ? 1 : 0); });
    return out;
}

FaceRaster rasterise_faces(std::span<const ClipPoint> points, std::span<const Face> faces, Team& team) {
    const std::vector<SnappedTriangle> triangles = set_up(points, faces);
    constexpr auto size = static_cast<std::size_t>(crop_size);
    FaceRaster raster;
    raster.face.assign(size * size, -1);
    std::vector<std::uint32_t> nearest(size * size, std::numeric_limits<std::uint32_t>::max());
    // Each thread draws its own rows of all triangles, so that the order of faces holds in every pixel.
    team.over(size, [&](std::size_t begin, std::size_t end) {
        for (const SnappedTriangle& t : triangles) {
            const int first = std::max(t.first_row, static_cast<int>(begin));
            const int last = std::min(t.last_row, static_cast<int>(end) - 1);
            for (int row = first; row <= last; ++row) {
                const std::size_t offset = static_cast<std::size_t>(row) * size;
                fill(t, row, nearest.data() + offset, raster.face.data() + offset);
            }
        }
    });
    return raster;
}

}  // namespace hrn::core
