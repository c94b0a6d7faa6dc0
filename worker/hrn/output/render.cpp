#include "worker/hrn/output/render.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <limits>
#include <numbers>
#include <stdexcept>

#include "worker/hrn/output/camera.hpp"
#include "worker/hrn/output/raster.hpp"

namespace hrn::output {

namespace {

using Vec = std::array<float, 3>;

constexpr int samples_per_axis = 2;
constexpr float frame_share = 0.96F;  // of the frame's side that the mesh may fill
// Unit vectors towards two lights, from the viewer's upper left and lower right.
constexpr Vec key_light{-0.4082F, 0.4082F, 0.8165F};
constexpr Vec fill_light{0.7071F, -0.1F, 0.7F};
constexpr float ambient = 0.12F, key = 0.72F, fill = 0.16F;
constexpr float back_face =
    0.4F;  // the inside of the mask is darker, so that nobody takes it for the outside

float dot(const Vec& a, const Vec& b) {
    return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}

Vec bounding_centre(std::span<const float> positions) {
    Vec low, high;
    low.fill(std::numeric_limits<float>::max());
    high.fill(std::numeric_limits<float>::lowest());
    for (std::size_t i = 0; i < positions.size(); i += 3) {
        for (std::size_t k = 0; k < 3; ++k) {
            low[k] = std::min(low[k], positions[i + k]);
            high[k] = std::max(high[k], positions[i + k]);
        }
    }
    return {(low[0] + high[0]) / 2, (low[1] + high[1]) / 2, (low[2] + high[2]) / 2};
}

// Turns about x by pitch, then about y by yaw.
class Turn {
public:
    explicit Turn(const Look& look) {
        constexpr float to_radians = std::numbers::pi_v<float> / 180;
        const float yaw = look.yaw_degrees * to_radians, pitch = -look.pitch_degrees * to_radians;
        cy_ = std::cos(yaw), sy_ = std::sin(yaw), cp_ = std::cos(pitch), sp_ = std::sin(pitch);
    }
    [[nodiscard]] Vec operator()(const Vec& v) const {
        const float y = cp_ * v[1] - sp_ * v[2];
        const float z = sp_ * v[1] + cp_ * v[2];
        return {cy_ * v[0] + sy_ * z, y, -sy_ * v[0] + cy_ * z};
    }

private:
    float cy_, sy_, cp_, sp_;
};

float grey_shade(Vec normal, bool front) {
    const float length = std::sqrt(dot(normal, normal));
    if (length == 0) {
        return ambient;
    }
    const float flip = (front ? 1.0F : -1.0F) / length;
    for (float& x : normal) {
        x *= flip;
    }
    const float light = ambient + key * std::max(0.0F, dot(normal, key_light)) +
                        fill * std::max(0.0F, dot(normal, fill_light));
    return front ? light : light * back_face;
}

Vec sample(const Picture& texture, float u, float v) {
    const auto clamp_to = [](float x, int size) { return std::clamp(x, 0.0F, static_cast<float>(size - 1)); };
    const float x = clamp_to(u * static_cast<float>(texture.width) - 0.5F, texture.width);
    const float y = clamp_to((1 - v) * static_cast<float>(texture.height) - 0.5F, texture.height);
    const int x0 = static_cast<int>(x), y0 = static_cast<int>(y);
    const int x1 = std::min(x0 + 1, texture.width - 1), y1 = std::min(y0 + 1, texture.height - 1);
    const float fx = x - static_cast<float>(x0), fy = y - static_cast<float>(y0);
    const auto texel = [&](int column, int row) {
        return &texture.rgb[3 * (static_cast<std::size_t>(row) * static_cast<std::size_t>(texture.width) +
                                 static_cast<std::size_t>(column))];
    };
    const std::uint8_t *a = texel(x0, y0), *b = texel(x1, y0), *c = texel(x0, y1), *d = texel(x1, y1);
    Vec colour;
    for (std::size_t k = 0; k < 3; ++k) {
        const float top = static_cast<float>(a[k]) * (1 - fx) + static_cast<float>(b[k]) * fx;
        const float bottom = static_cast<float>(c[k]) * (1 - fx) + static_cast<float>(d[k]) * fx;
        colour[k] = (top * (1 - fy) + bottom * fy) / 255;
    }
    return colour;
}

// One drawing: what the G-buffer shows, turned into colour.
class Shader {
public:
    Shader(const MeshView& mesh, const Picture* texture, const Turn& turn,
           const std::vector<ScreenVertex>& screen, const GBuffer& buffer)
        : mesh_(mesh), texture_(texture), turn_(turn), screen_(screen), buffer_(buffer) {}

    // The colour of a covered sample, 0..1.
    [[nodiscard]] Vec colour(std::size_t sample_index) const {
        const std::size_t face = 3 * static_cast<std::size_t>(buffer_.face[sample_index]);
        const std::array<std::size_t, 3> corner{static_cast<std::size_t>(mesh_.faces[face]),
                                                static_cast<std::size_t>(mesh_.faces[face + 1]),
                                                static_cast<std::size_t>(mesh_.faces[face + 2])};
        const float w0 = buffer_.weight_0[sample_index], w1 = buffer_.weight_1[sample_index];
        const Vec weight{w0, w1, 1 - w0 - w1};
        if (texture_ != nullptr) {
            float u = 0, v = 0;
            for (std::size_t k = 0; k < 3; ++k) {
                u += weight[k] * mesh_.uvs[2 * corner[k]];
                v += weight[k] * mesh_.uvs[2 * corner[k] + 1];
            }
            Vec colour = sample(*texture_, u, v);
            if (!front(corner)) {
                for (float& x : colour) {
                    x *= back_face;
                }
            }
            return colour;
        }
        Vec normal{};
        for (std::size_t k = 0; k < 3; ++k) {
            for (std::size_t axis = 0; axis < 3; ++axis) {
                normal[axis] += weight[k] * mesh_.normals[3 * corner[k] + axis];
            }
        }
        const float shade = grey_shade(turn_(normal), front(corner));
        return {shade, shade, shade};
    }

private:
    // Counter-clockwise in space, seen from outside, is clockwise in pixels whose y points down: negative
    // area.
    [[nodiscard]] bool front(const std::array<std::size_t, 3>& corner) const {
        const ScreenVertex &a = screen_[corner[0]], &b = screen_[corner[1]], &c = screen_[corner[2]];
        return (b.x - a.x) * (c.y - a.y) - (b.y - a.y) * (c.x - a.x) <= 0;
    }

    const MeshView& mesh_;
    const Picture* texture_;
    const Turn& turn_;
    const std::vector<ScreenVertex>& screen_;
    const GBuffer& buffer_;
};

std::vector<ScreenVertex> to_screen(const MeshView& mesh, const Turn& turn, const Look& look) {
    const Vec centre = bounding_centre(mesh.positions);
    std::vector<ScreenVertex> screen(mesh.positions.size() / 3);
    for (std::size_t i = 0; i < screen.size(); ++i) {
        Vec p{mesh.positions[3 * i] - centre[0], mesh.positions[3 * i + 1] - centre[1],
              mesh.positions[3 * i + 2] - centre[2]};
        p = turn(p);
        const CropPoint point = project(p[0] + centre[0], p[1] + centre[1], p[2] + centre[2]);
        screen[i] = {(look.scale * point.x + look.offset_x) * samples_per_axis,
                     (look.scale * point.y + look.offset_y) * samples_per_axis, point.depth};
    }
    return screen;
}

// Mixes the colours of one pixel's samples into the canvas.
void mix(const Shader& shader, const GBuffer& buffer, int row, int column, float opacity,
         std::uint8_t* pixel) {
    Vec sum{};
    int covered = 0;
    for (int sub = 0; sub < samples_per_axis * samples_per_axis; ++sub) {
        const int y = row * samples_per_axis + sub / samples_per_axis;
        const int x = column * samples_per_axis + sub % samples_per_axis;
        const std::size_t index = static_cast<std::size_t>(y) * static_cast<std::size_t>(buffer.width) +
                                  static_cast<std::size_t>(x);
        if (buffer.covered(index)) {
            const Vec colour = shader.colour(index);
            for (std::size_t k = 0; k < 3; ++k) {
                sum[k] += colour[k];
            }
            ++covered;
        }
    }
    if (covered == 0) {
        return;
    }
    constexpr float samples = samples_per_axis * samples_per_axis;
    const float share = opacity * static_cast<float>(covered) / samples;
    for (std::size_t k = 0; k < 3; ++k) {
        const float mixed = static_cast<float>(pixel[k]) * (1 - share) + 255 * opacity * sum[k] / samples;
        pixel[k] = static_cast<std::uint8_t>(std::lround(std::clamp(mixed, 0.0F, 255.0F)));
    }
}

}  // namespace

void draw(const MeshView& mesh, const Picture* texture, const Look& look, Picture& canvas) {
    check_mesh(mesh);
    if (texture != nullptr && (texture->width <= 0 || texture->height <= 0)) {
        throw std::invalid_argument("render: a texture without pixels");
    }
    const Turn turn(look);
    const std::vector<ScreenVertex> screen = to_screen(mesh, turn, look);
    GBuffer buffer;
    rasterise(screen, mesh.faces, canvas.width * samples_per_axis, canvas.height * samples_per_axis, buffer);
    const Shader shader(mesh, texture, turn, screen, buffer);
    std::uint8_t* pixel = canvas.rgb.data();
    for (int row = 0; row < canvas.height; ++row) {
        for (int column = 0; column < canvas.width; ++column, pixel += 3) {
            mix(shader, buffer, row, column, look.opacity, pixel);
        }
    }
}

Look fit_to(const MeshView& mesh, int side) {
    check_mesh(mesh);
    const Vec centre = bounding_centre(mesh.positions);
    // What a turn about the vertical sweeps out: a cylinder.
    float radius = 0, half_height = 0;
    for (std::size_t i = 0; i < mesh.positions.size(); i += 3) {
        radius =
            std::max(radius, std::hypot(mesh.positions[i] - centre[0], mesh.positions[i + 2] - centre[2]));
        half_height = std::max(half_height, std::abs(mesh.positions[i + 1] - centre[1]));
    }
    const CropPoint middle = project(centre[0], centre[1], centre[2]);
    const float nearest = std::max(middle.depth - radius, camera_near);  // what is near is drawn largest
    const float half_size = camera_focal * std::max(radius, half_height) / nearest;
    Look look;
    look.scale = frame_share * static_cast<float>(side) / 2 / std::max(half_size, 1e-6F);
    look.offset_x = static_cast<float>(side) / 2 - look.scale * middle.x;
    look.offset_y = static_cast<float>(side) / 2 - look.scale * middle.y;
    return look;
}

Picture blank(int width, int height, std::uint8_t grey) {
    if (width <= 0 || height <= 0) {
        throw std::invalid_argument("render: a picture without pixels");
    }
    return {width, height,
            std::vector<std::uint8_t>(3 * static_cast<std::size_t>(width) * static_cast<std::size_t>(height),
                                      grey)};
}

void paste(const Picture& tile, int left, int top, Picture& sheet) {
    if (left < 0 || top < 0 || left + tile.width > sheet.width || top + tile.height > sheet.height) {
        throw std::invalid_argument("render: a tile does not fit its sheet");
    }
    const std::size_t row_bytes = 3 * static_cast<std::size_t>(tile.width);
    for (int row = 0; row < tile.height; ++row) {
        const auto from = tile.rgb.begin() + static_cast<std::ptrdiff_t>(row * row_bytes);
        std::copy(from, from + static_cast<std::ptrdiff_t>(row_bytes),
                  sheet.rgb.begin() + static_cast<std::ptrdiff_t>(
                                          3 * (static_cast<std::size_t>(top + row) * sheet.width + left)));
    }
}

}  // namespace hrn::output
