// For the .cu files of this folder only: clip space of the 224 raster and cutting triangles down to its
// frustum, the twin of core/frustum_clip.hpp.
#pragma once

#include "worker/hrn/core/cuda/kernel_tools.cuh"

namespace hrn::core::cuda {

// x, y, z, w of a camera point: near 5, far 15, pixel row 0 at the top. 9.0625 = 1015 / 112, exact.
__device__ inline float4 to_clip(float3 camera) {
    constexpr float scale = 9.0625F;
    return make_float4(camera.x * scale, -camera.y * scale, 2.0F * camera.z - 15.0F, camera.z);
}

__device__ inline bool inside_frustum(float4 p) {
    return p.w > 0 && fabsf(p.x) <= p.w && fabsf(p.y) <= p.w && fabsf(p.z) <= p.w;
}

// A convex polygon in a triangle; a corner is v0 + (v1 - v0) s + (v2 - v0) t.
struct Polygon {
    static constexpr int most = 9;  // three corners and at most one more for each plane
    float s[most];
    float t[most];
    int size;
    __device__ void add(float at_s, float at_t) {
        s[size] = at_s;
        t[size] = at_t;
        ++size;
    }
};

// Keeps what has distance >= 0, where the distance is linear over the triangle with these values at its
// corners.
__device__ inline Polygon cut(const Polygon& polygon, float at0, float at1, float at2) {
    const float ds = at1 - at0;
    const float dt = at2 - at0;
    Polygon out;
    out.size = 0;
    for (int i = 0; i < polygon.size; ++i) {
        const int j = (i + 1) % polygon.size;
        const float from = at0 + polygon.s[i] * ds + polygon.t[i] * dt;
        const float to = at0 + polygon.s[j] * ds + polygon.t[j] * dt;
        if (from >= 0) {
            out.add(polygon.s[i], polygon.t[i]);
        }
        if ((from >= 0) != (to >= 0)) {
            const float f = from / (from - to);
            out.add(polygon.s[i] + (polygon.s[j] - polygon.s[i]) * f,
                    polygon.t[i] + (polygon.t[j] - polygon.t[i]) * f);
        }
        if (out.size + 2 > Polygon::most) {
            break;  // only rounding of a needle could get here; a convex polygon has fewer corners
        }
    }
    return out;
}

__device__ inline float4 corner_of(const float4* v, const Polygon& polygon, int i) {
    const float s = polygon.s[i];
    const float t = polygon.t[i];
    return make_float4(v[0].x + (v[1].x - v[0].x) * s + (v[2].x - v[0].x) * t,
                       v[0].y + (v[1].y - v[0].y) * s + (v[2].y - v[0].y) * t,
                       v[0].z + (v[1].z - v[0].z) * s + (v[2].z - v[0].z) * t,
                       v[0].w + (v[1].w - v[0].w) * s + (v[2].w - v[0].w) * t);
}

// The part of the triangle inside the frustum; fewer than three corners: none. Planes in the order x, y, z.
__device__ inline Polygon clip_to_frustum(const float4* v) {
    Polygon polygon;
    polygon.size = 0;
    polygon.add(0, 0);
    polygon.add(1, 0);
    polygon.add(0, 1);
    for (int plane = 0; plane < 6 && polygon.size >= 3; ++plane) {
        const float sign = plane % 2 == 0 ? 1.0F : -1.0F;
        float at[3];
        for (int k = 0; k < 3; ++k) {
            const float coordinate = plane < 2 ? v[k].x : (plane < 4 ? v[k].y : v[k].z);
            at[k] = v[k].w + sign * coordinate;
        }
        polygon = cut(polygon, at[0], at[1], at[2]);
    }
    return polygon;
}

}  // namespace hrn::core::cuda
