#include "worker/hrn/core/frustum_clip.hpp"

#include <cmath>
#include <cstddef>

namespace hrn::core {
namespace {

constexpr float scale = 1015.0F / 112.0F;  // 9.0625, exact

// A point of the triangle: v0 + (v1 - v0) s + (v2 - v0) t.
struct Corner {
    float s = 0, t = 0;
};

// Three corners and at most one more per plane.
struct Polygon {
    std::array<Corner, 9> corners;
    std::size_t size = 0;
    void add(Corner c) { corners[size++] = c; }
};

// Keeps what has distance >= 0, where the distance is linear over the triangle with these values at its
// corners.
Polygon cut(const Polygon& polygon, float at0, float at1, float at2) {
    const float ds = at1 - at0;
    const float dt = at2 - at0;
    Polygon out;
    for (std::size_t i = 0; i < polygon.size; ++i) {
        const Corner from = polygon.corners[i];
        const Corner to = polygon.corners[(i + 1) % polygon.size];
        const float from_distance = at0 + from.s * ds + from.t * dt;
        const float to_distance = at0 + to.s * ds + to.t * dt;
        if (from_distance >= 0) {
            out.add(from);
        }
        if ((from_distance >= 0) != (to_distance >= 0)) {
            const float f = from_distance / (from_distance - to_distance);
            out.add({from.s + (to.s - from.s) * f, from.t + (to.t - from.t) * f});
        }
        if (out.size + 2 > out.corners.size()) {
            break;  // only rounding of a needle could get here; a convex polygon has fewer corners
        }
    }
    return out;
}

ClipPoint blend(const ClipTriangle& v, Corner c) {
    const auto mix = [&c](float a, float b, float d) { return a + (b - a) * c.s + (d - a) * c.t; };
    return {mix(v[0].x, v[1].x, v[2].x), mix(v[0].y, v[1].y, v[2].y), mix(v[0].z, v[1].z, v[2].z),
            mix(v[0].w, v[1].w, v[2].w)};
}

}  // namespace

ClipPoint to_clip(Vec3 camera) {
    return {camera.x * scale, -camera.y * scale, 2.0F * camera.z - 15.0F, camera.z};
}

std::vector<ClipPoint> to_clip(std::span<const Vec3> camera) {
    std::vector<ClipPoint> out(camera.size());
    for (std::size_t i = 0; i < camera.size(); ++i) {
        out[i] = to_clip(camera[i]);
    }
    return out;
}

bool inside_frustum(const ClipPoint& p) {
    return p.w > 0 && std::fabs(p.x) <= p.w && std::fabs(p.y) <= p.w && std::fabs(p.z) <= p.w;
}

void clip_to_frustum(const ClipTriangle& triangle, std::vector<ClipTriangle>& pieces) {
    pieces.clear();
    Polygon polygon;
    polygon.add({0, 0});
    polygon.add({1, 0});
    polygon.add({0, 1});
    for (const auto coordinate : {&ClipPoint::x, &ClipPoint::y, &ClipPoint::z}) {
        for (const float sign : {1.0F, -1.0F}) {
            polygon = cut(polygon, triangle[0].w + sign * (triangle[0].*coordinate),
                          triangle[1].w + sign * (triangle[1].*coordinate),
                          triangle[2].w + sign * (triangle[2].*coordinate));
            if (polygon.size < 3) {
                return;
            }
        }
    }
    const ClipPoint first = blend(triangle, polygon.corners[0]);
    for (std::size_t i = 2; i < polygon.size; ++i) {
        pieces.push_back(
            {first, blend(triangle, polygon.corners[i - 1]), blend(triangle, polygon.corners[i])});
    }
}

}  // namespace hrn::core
