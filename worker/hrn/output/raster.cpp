#include "worker/hrn/output/raster.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <stdexcept>

#include "worker/hrn/cpu_clones.hpp"
#include "worker/hrn/output/camera.hpp"
#include "worker/hrn/output/mesh_view.hpp"

namespace hrn::output {

namespace {

[[gnu::always_inline]] inline bool drawable(const ScreenVertex& v) {
    return std::isfinite(v.x) && std::isfinite(v.y) && std::isfinite(v.depth) && v.depth >= camera_near;
}

// The first and one past the last pixel whose centre can lie in low..high, inside 0..size.
struct PixelRange {
    int begin, end;
};
[[gnu::always_inline]] inline PixelRange pixels_between(float low, float high, int size) {
    const auto limit = static_cast<float>(size);
    const float first = std::clamp(std::ceil(low - 0.5F), 0.0F, limit);
    const float last = std::clamp(std::floor(high - 0.5F) + 1.0F, 0.0F, limit);
    return {static_cast<int>(first), static_cast<int>(last)};
}

// What a covered pixel is told: its place, the surface's depth there and its corners' shares of 1 / depth.
struct Hit {
    std::size_t pixel;
    float depth, share_a, share_b;
};

template <typename See>
[[gnu::always_inline]] inline void draw_face(const ScreenVertex& a, const ScreenVertex& b,
                                             const ScreenVertex& c, int width, int height, const See& see) {
    const PixelRange rows = pixels_between(std::min({a.y, b.y, c.y}), std::max({a.y, b.y, c.y}), height);
    const PixelRange columns = pixels_between(std::min({a.x, b.x, c.x}), std::max({a.x, b.x, c.x}), width);
    if (rows.begin >= rows.end || columns.begin >= columns.end) {
        return;
    }
    const float area = (b.x - a.x) * (c.y - a.y) - (b.y - a.y) * (c.x - a.x);
    if (area == 0 || !std::isfinite(area)) {
        return;
    }
    const float inverse_area = 1.0F / area;
    const float near_a = 1.0F / a.depth, near_b = 1.0F / b.depth, near_c = 1.0F / c.depth;
    for (int row = rows.begin; row < rows.end; ++row) {
        const float y = static_cast<float>(row) + 0.5F;
        for (int column = columns.begin; column < columns.end; ++column) {
            const float x = static_cast<float>(column) + 0.5F;
            const float wa = ((b.x - x) * (c.y - y) - (b.y - y) * (c.x - x)) * inverse_area;
            const float wb = ((c.x - x) * (a.y - y) - (c.y - y) * (a.x - x)) * inverse_area;
            const float wc = 1.0F - wa - wb;
            if (!(wa >= 0 && wb >= 0 && wc >= 0)) {
                continue;
            }
            const float near = wa * near_a + wb * near_b + wc * near_c;  // linear on the screen
            const std::size_t pixel = static_cast<std::size_t>(row) * static_cast<std::size_t>(width) +
                                      static_cast<std::size_t>(column);
            see(Hit{pixel, 1.0F / near, wa * near_a, wb * near_b});
        }
    }
}

// see(face, hit) for each pixel that a face covers. Inlined with all that it calls: rounding is one
// instruction where the processor has one, and else a call of the C library.
template <typename See>
[[gnu::always_inline]] inline void draw_faces(std::span<const ScreenVertex> vertices,
                                              std::span<const std::int32_t> faces, int width, int height,
                                              const See& see) {
    if (width <= 0 || height <= 0) {
        throw std::invalid_argument("raster: a picture without pixels");
    }
    check_faces(faces, vertices.size());
    for (std::size_t f = 0; f < faces.size(); f += 3) {
        const ScreenVertex& a = vertices[static_cast<std::size_t>(faces[f])];
        const ScreenVertex& b = vertices[static_cast<std::size_t>(faces[f + 1])];
        const ScreenVertex& c = vertices[static_cast<std::size_t>(faces[f + 2])];
        if (drawable(a) && drawable(b) && drawable(c)) {
            draw_face(a, b, c, width, height,
                      [&](const Hit& hit) { see(static_cast<std::int32_t>(f / 3), hit); });
        }
    }
}

std::size_t pixels_of(int width, int height) {
    return static_cast<std::size_t>(std::max(width, 0)) * static_cast<std::size_t>(std::max(height, 0));
}

constexpr float background = std::numeric_limits<float>::infinity();

}  // namespace

HRN_CPU_CLONES void rasterise(std::span<const ScreenVertex> vertices, std::span<const std::int32_t> faces,
                              int width, int height, GBuffer& out) {
    const std::size_t pixels = pixels_of(width, height);
    out.width = width;
    out.height = height;
    out.face.assign(pixels, -1);
    out.depth.assign(pixels, background);
    out.weight_0.assign(pixels, 0.0F);
    out.weight_1.assign(pixels, 0.0F);
    draw_faces(vertices, faces, width, height, [&out](std::int32_t face, const Hit& hit) {
        if (hit.depth < out.depth[hit.pixel]) {
            out.depth[hit.pixel] = hit.depth;
            out.face[hit.pixel] = face;
            out.weight_0[hit.pixel] = hit.share_a * hit.depth;
            out.weight_1[hit.pixel] = hit.share_b * hit.depth;
        }
    });
}

HRN_CPU_CLONES std::vector<float> nearest_depths(std::span<const ScreenVertex> vertices,
                                                 std::span<const std::int32_t> faces, int width, int height) {
    std::vector<float> depths(pixels_of(width, height), background);
    draw_faces(vertices, faces, width, height, [&depths](std::int32_t /*face*/, const Hit& hit) {
        float& nearest = depths[hit.pixel];
        nearest = std::min(nearest, hit.depth);
    });
    return depths;
}

}  // namespace hrn::output
