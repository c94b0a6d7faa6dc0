// Three floats with the arithmetic that the geometry needs, and the element-wise image type of the core.
//
// Plain values, any thread, nothing can fail. All arithmetic is float32 in the order written: other
// implementations are compared with these numbers.
#pragma once

#include <array>
#include <cmath>
#include <cstddef>
#include <vector>

namespace hrn::core {

struct Vec2 {
    float x = 0, y = 0;
};

struct Vec3 {
    float x = 0, y = 0, z = 0;
};

inline Vec3 operator+(Vec3 a, Vec3 b) {
    return {a.x + b.x, a.y + b.y, a.z + b.z};
}
inline Vec3 operator-(Vec3 a, Vec3 b) {
    return {a.x - b.x, a.y - b.y, a.z - b.z};
}
inline Vec3 operator*(Vec3 a, float s) {
    return {a.x * s, a.y * s, a.z * s};
}
inline Vec3 operator/(Vec3 a, float s) {
    return {a.x / s, a.y / s, a.z / s};
}
inline Vec3 cross(Vec3 a, Vec3 b) {
    return {a.y * b.z - a.z * b.y, a.z * b.x - a.x * b.z, a.x * b.y - a.y * b.x};
}
inline float length(Vec3 a) {
    return std::sqrt(a.x * a.x + a.y * a.y + a.z * a.z);
}

// Vertex indices of a triangle, from 0.
using Face = std::array<int, 3>;

// Pixels or texels with interleaved channels, row 0 at the top (for UV maps: v = 1).
struct Map {
    int height = 0;
    int width = 0;
    int channels = 0;
    std::vector<float> values;  // height * width * channels

    Map() = default;
    Map(int rows, int columns, int depth)
        : height(rows),
          width(columns),
          channels(depth),
          values(static_cast<std::size_t>(rows) * static_cast<std::size_t>(columns) *
                 static_cast<std::size_t>(depth)) {}
    [[nodiscard]] std::size_t pixels() const {
        return static_cast<std::size_t>(height) * static_cast<std::size_t>(width);
    }
    [[nodiscard]] const float* at(int row, int column) const {
        return values.data() + (static_cast<std::size_t>(row) * static_cast<std::size_t>(width) +
                                static_cast<std::size_t>(column)) *
                                   static_cast<std::size_t>(channels);
    }
    [[nodiscard]] float* at(int row, int column) {
        return const_cast<float*>(static_cast<const Map*>(this)->at(row, column));
    }
    [[nodiscard]] Vec3 vec3(std::size_t pixel) const {
        const float* p = values.data() + 3 * pixel;
        return {p[0], p[1], p[2]};
    }
    void set(std::size_t pixel, Vec3 value) {
        float* p = values.data() + 3 * pixel;
        p[0] = value.x;
        p[1] = value.y;
        p[2] = value.z;
    }
};

inline constexpr int uv_size = 256;          // side of every UV map
inline constexpr int deformation_size = 64;  // side of the deformation map (core.md 7)
inline constexpr int crop_size = 224;        // side of the small crop and of the raster (core.md 9)

}  // namespace hrn::core
