#include "worker/hrn/output/photo_texture.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>
#include <stdexcept>

#include "worker/hrn/output/camera.hpp"
#include "worker/hrn/output/image_codec.hpp"
#include "worker/hrn/output/photo_source.hpp"
#include "worker/hrn/output/raster.hpp"
#include "worker/hrn/output/visibility.hpp"

namespace hrn::output {

namespace {

constexpr int fit_side = fitted_texture_size;
constexpr std::size_t fit_texels = std::size_t{fit_side} * fit_side;
constexpr float cosine_none = 0.26F, cosine_full = 0.64F;  // 75 and 50 degrees
constexpr int narrow_texels = 4, ramp_texels = 7;          // a ramp reaches 3 texels out, enlarging it 1 more
constexpr float edge_pixels = 2;  // nothing is taken from the photo's outermost pixels
constexpr int band_rows = 64;     // texture rows worked on at once: a few megabytes of scratch memory

float smooth_step(float low, float high, float x) {
    const float t = std::clamp((x - low) / (high - low), 0.0F, 1.0F);
    return t * t * (3 - 2 * t);
}

void check_sizes(const Reconstruction& face, const Topology& topology) {
    if (face.texture.size() != 3 * fit_texels || face.smoothed_mask.size() != fit_texels) {
        throw std::invalid_argument("texture: the fitted texture or its mask is not 256 x 256");
    }
    if (2 * face.vertices.size() != 3 * topology.uvs.size()) {
        throw std::invalid_argument("texture: the mesh does not have the topology's vertices");
    }
    check_finite(face.vertices, "vertices");
    check_finite(face.texture, "texture");
}

// Texture space as a screen of `side` x `side` texels whose first row is `first_row`.
void texture_screen(const Topology& topology, int side, int first_row, std::vector<ScreenVertex>& screen) {
    const auto scale = static_cast<float>(side);
    screen.resize(topology.uvs.size() / 2);
    for (std::size_t i = 0; i < screen.size(); ++i) {
        screen[i] = {topology.uvs[2 * i] * scale,
                     (1 - topology.uvs[2 * i + 1]) * scale - static_cast<float>(first_row), 1.0F};
    }
}

// Interpolates `width` numbers a vertex at a covered pixel.
template <std::size_t width>
std::array<float, width> interpolate(const GBuffer& buffer, std::size_t pixel, const Topology& topology,
                                     const std::vector<float>& numbers) {
    const std::size_t face = 3 * static_cast<std::size_t>(buffer.face[pixel]);
    const float w0 = buffer.weight_0[pixel], w1 = buffer.weight_1[pixel];
    const std::array<float, 3> weight{w0, w1, 1 - w0 - w1};
    std::array<float, width> result{};
    for (std::size_t k = 0; k < 3; ++k) {
        const float* corner = &numbers[width * static_cast<std::size_t>(topology.faces[face + k])];
        for (std::size_t axis = 0; axis < width; ++axis) {
            result[axis] += weight[k] * corner[axis];
        }
    }
    return result;
}

// Two neighbours on the 256 grid for a texel of a larger texture; borders repeat.
struct Tap {
    std::size_t low, high;
    float fraction;
};
std::vector<Tap> enlarging_taps(int size) {
    std::vector<Tap> taps(static_cast<std::size_t>(size));
    for (std::size_t i = 0; i < taps.size(); ++i) {
        const float at =
            std::clamp((static_cast<float>(i) + 0.5F) * fit_side / static_cast<float>(size) - 0.5F, 0.0F,
                       static_cast<float>(fit_side - 1));
        const auto low = static_cast<std::size_t>(at);
        taps[i] = {low, std::min<std::size_t>(low + 1, fit_side - 1), at - static_cast<float>(low)};
    }
    return taps;
}

float bilinear(const float* map, std::size_t channels, std::size_t channel, const Tap& x, const Tap& y) {
    const auto at = [&](std::size_t row, std::size_t column) {
        return map[channels * (row * fit_side + column) + channel];
    };
    const float top = at(y.low, x.low) * (1 - x.fraction) + at(y.low, x.high) * x.fraction;
    const float bottom = at(y.high, x.low) * (1 - x.fraction) + at(y.high, x.high) * x.fraction;
    return top * (1 - y.fraction) + bottom * y.fraction;
}

// Scratch memory of one band, kept per thread.
struct Band {
    std::vector<ScreenVertex> screen;
    GBuffer buffer;
    cv::Mat map_x, map_y, sampled;
};

// Fills band.sampled with the photo at each covered texel of rows first..first+rows-1.
void sample_band(const Reconstruction& face, const Topology& topology, const PhotoSource& source, int size,
                 int first, int rows, Band& band) {
    texture_screen(topology, size, first, band.screen);
    rasterise(band.screen, topology.faces, size, rows, band.buffer);
    band.map_x.create(rows, size, CV_32FC1);
    band.map_y.create(rows, size, CV_32FC1);
    std::size_t texel = 0;
    for (int row = 0; row < rows; ++row) {
        auto *x = band.map_x.ptr<float>(row), *y = band.map_y.ptr<float>(row);
        for (int column = 0; column < size; ++column, ++texel) {
            x[column] = y[column] = 0;
            if (band.buffer.covered(texel)) {
                const auto p = interpolate<3>(band.buffer, texel, topology, face.vertices);
                const PhotoPoint at = in_photo(source.from_crop, project(p[0], p[1], p[2]));
                x[column] = at.x - 0.5F;  // cv::remap has pixel centres at whole numbers
                y[column] = at.y - 0.5F;
            }
        }
    }
    cv::remap(source.pixels, band.sampled, band.map_x, band.map_y, cv::INTER_CUBIC, cv::BORDER_REPLICATE);
}

// One row of the result: the fit, and the photo by its weight where `faces` says that a texel belongs to the
// mesh. photo and faces: nullptr when the photo does not show the mesh at all.
void mix_row(const std::vector<float>& fitted, const std::vector<float>& weights,
             const std::vector<Tap>& taps, int row, const std::uint8_t* photo, const std::int32_t* faces,
             Picture& result) {
    const Tap& y = taps[static_cast<std::size_t>(row)];
    std::uint8_t* out = &result.rgb[3 * static_cast<std::size_t>(row) * taps.size()];
    for (std::size_t column = 0; column < taps.size(); ++column) {
        const Tap& x = taps[column];
        const bool shown = photo != nullptr && faces[column] >= 0;
        const float weight = shown ? bilinear(weights.data(), 1, 0, x, y) : 0.0F;
        if (weight >= 1) {
            std::copy_n(&photo[3 * column], 3, out);
            out += 3;
            continue;
        }
        for (std::size_t k = 0; k < 3; ++k) {
            float value = 255 * bilinear(fitted.data(), 3, k, x, y);
            if (weight > 0) {
                value += weight * (static_cast<float>(photo[3 * column + k]) - value);
            }
            *out++ = to_byte(value);
        }
    }
}

}  // namespace

std::vector<float> photo_weights(const Reconstruction& face, const AlignedFace& aligned,
                                 const PhotoOfFace& photo, const Topology& topology) {
    check_sizes(face, topology);
    const CropToPhoto map = map_to_photo(aligned, photo);
    std::vector<float> weight = seen_cosines({face.vertices, face.normals, topology.uvs, topology.faces});
    for (std::size_t i = 0; i < weight.size(); ++i) {
        const float* p = &face.vertices[3 * i];
        const PhotoPoint at = in_photo(map, project(p[0], p[1], p[2]));
        const bool inside = at.x >= edge_pixels && at.y >= edge_pixels &&
                            at.x <= static_cast<float>(photo.photo->width) - edge_pixels &&
                            at.y <= static_cast<float>(photo.photo->height) - edge_pixels;
        weight[i] = inside ? smooth_step(cosine_none, cosine_full, weight[i]) : 0.0F;
    }
    std::vector<ScreenVertex> screen;
    GBuffer buffer;
    texture_screen(topology, fit_side, 0, screen);
    rasterise(screen, topology.faces, fit_side, fit_side, buffer);
    cv::Mat grid(fit_side, fit_side, CV_32FC1, cv::Scalar(0));
    auto* texel = grid.ptr<float>();
    for (std::size_t i = 0; i < fit_texels; ++i) {
        if (buffer.covered(i)) {
            texel[i] = interpolate<1>(buffer, i, topology, weight)[0];
        }
    }
    cv::Mat narrow, ramp;
    cv::erode(grid, narrow, cv::Mat::ones(2 * narrow_texels + 1, 2 * narrow_texels + 1, CV_8U));
    cv::blur(narrow, ramp, cv::Size(ramp_texels, ramp_texels));
    std::vector<float> result(fit_texels);
    const auto* blurred = ramp.ptr<float>();
    for (std::size_t i = 0; i < fit_texels; ++i) {
        result[i] = std::clamp(blurred[i] * face.smoothed_mask[i], 0.0F, 1.0F);
    }
    return result;
}

Picture texture_from_photo(const Reconstruction& face, const AlignedFace& aligned, const PhotoOfFace& photo,
                           const Topology& topology, int size) {
    if (size <= fitted_texture_size || size > max_texture_size) {
        throw std::invalid_argument("texture: size " + std::to_string(size) + " is not within 257..2048");
    }
    const std::vector<float> weights = photo_weights(face, aligned, photo, topology);
    const PhotoSource source = cut_source(face, aligned, photo, topology, size);
    const std::vector<Tap> taps = enlarging_taps(size);
    Picture result = blank(size, size, 0);
    thread_local Band band;
    for (int first = 0; first < size; first += band_rows) {
        const int rows = std::min(band_rows, size - first);
        if (!source.pixels.empty()) {
            sample_band(face, topology, source, size, first, rows, band);
        }
        for (int row = 0; row < rows; ++row) {
            const bool shown = !source.pixels.empty();
            mix_row(face.texture, weights, taps, first + row,
                    shown ? band.sampled.ptr<std::uint8_t>(row) : nullptr,
                    shown ? &band.buffer.face[static_cast<std::size_t>(row) * taps.size()] : nullptr, result);
        }
    }
    return result;
}

}  // namespace hrn::output
