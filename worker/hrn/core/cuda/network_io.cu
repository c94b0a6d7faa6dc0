#include "worker/hrn/core/cuda/network_io.hpp"

#include "worker/hrn/core/cuda/kernel_tools.cuh"

namespace hrn::core::cuda {
namespace {

constexpr int crop_numbers = view_pixels * 3;
constexpr int photo_pixels = photo_side * photo_side;

__device__ float centred(float value) {
    return (value - 0.5F) * 2.0F;
}

template <typename T>
__global__ void crop_kernel(const std::uint8_t* crops, T* out) {
    const std::size_t i = image_at(crop_numbers) + static_cast<std::size_t>(item());
    put(out, i, unit(crops[i]));
}
static_assert(crop_numbers % block_threads == 0 && photo_pixels % block_threads == 0 &&
                  deformation_texels % block_threads == 0,
              "whole blocks");

template <typename T>
__global__ void unet_kernel(const float* textures, T* out) {
    const int pixel = item();
    const float* texture = textures + image_at(3 * uv_texels);
    const Tap row = tap_of(pixel / photo_side, uv_side, photo_side);
    const Tap column = tap_of(pixel % photo_side, uv_side, photo_side);
    const float3 a = load3(texture, row.first * uv_side + column.first);
    const float3 b = load3(texture, row.first * uv_side + column.second);
    const float3 c = load3(texture, row.second * uv_side + column.first);
    const float3 d = load3(texture, row.second * uv_side + column.second);
    const std::size_t at = image_at(3 * photo_pixels) + 3 * static_cast<std::size_t>(pixel);
    put(out, at, blend(row, column, centred(a.x), centred(b.x), centred(c.x), centred(d.x)));
    put(out, at + 1, blend(row, column, centred(a.y), centred(b.y), centred(c.y), centred(d.y)));
    put(out, at + 2, blend(row, column, centred(a.z), centred(b.z), centred(c.z), centred(d.z)));
}

template <typename T>
__global__ void mid_kernel(const float* positions, const float* textures, T* out) {
    const int pixel = item();
    const Tap row = tap_of(pixel / deformation_side, uv_side, deformation_side);
    const Tap column = tap_of(pixel % deformation_side, uv_side, deformation_side);
    const std::size_t at = image_at(6 * deformation_texels) + 6 * static_cast<std::size_t>(pixel);
    const std::size_t texel[4] = {static_cast<std::size_t>(row.first * uv_side + column.first),
                                  static_cast<std::size_t>(row.first * uv_side + column.second),
                                  static_cast<std::size_t>(row.second * uv_side + column.first),
                                  static_cast<std::size_t>(row.second * uv_side + column.second)};
    const float* p = positions + image_at(3 * uv_texels);
    const float* t = textures + image_at(3 * uv_texels);
    for (int ch = 0; ch < 3; ++ch) {
        put(out, at + ch,
            blend(row, column, p[3 * texel[0] + ch], p[3 * texel[1] + ch], p[3 * texel[2] + ch],
                  p[3 * texel[3] + ch]));
        put(out, at + 3 + ch,
            blend(row, column, centred(t[3 * texel[0] + ch]), centred(t[3 * texel[1] + ch]),
                  centred(t[3 * texel[2] + ch]), centred(t[3 * texel[3] + ch])));
    }
}

template <typename T>
__global__ void high_kernel(const float* positions, const float* textures, const float* deformations,
                            T* out) {
    const int texel = item();
    const Tap row = tap_of(texel / uv_side, deformation_side, uv_side);
    const Tap column = tap_of(texel % uv_side, deformation_side, uv_side);
    const float* map = deformations + image_at(3 * deformation_texels);
    const float3 p = load3(positions + image_at(3 * uv_texels), texel);
    const float3 t = load3(textures + image_at(3 * uv_texels), texel);
    const float3 a = load3(map, row.first * deformation_side + column.first);
    const float3 b = load3(map, row.first * deformation_side + column.second);
    const float3 c = load3(map, row.second * deformation_side + column.first);
    const float3 d = load3(map, row.second * deformation_side + column.second);
    const std::size_t at = image_at(9 * uv_texels) + 9 * static_cast<std::size_t>(texel);
    put(out, at, p.x);
    put(out, at + 1, p.y);
    put(out, at + 2, p.z);
    put(out, at + 3, centred(t.x));
    put(out, at + 4, centred(t.y));
    put(out, at + 5, centred(t.z));
    put(out, at + 6, blend(row, column, a.x, b.x, c.x, d.x));
    put(out, at + 7, blend(row, column, a.y, b.y, c.y, d.y));
    put(out, at + 8, blend(row, column, a.z, b.z, c.z, d.z));
}

template <typename T>
__global__ void coefficient_kernel(const T* output, float* coefficients, Health health) {
    const int i = item();
    if (i < coefficient_count) {
        const float value = get(output, image_at(coefficient_count) + static_cast<std::size_t>(i));
        coefficients[image_at(coefficient_count) + static_cast<std::size_t>(i)] = value;
        note(health, static_cast<int>(blockIdx.y), isfinite(value));
    }
}

__device__ float de_retouched(float texture, float b, float albedo) {
    const float x = (texture - 0.5F) * 2.0F;
    const float t = (x + 1.0F) / 2.0F;
    const float r = (1.0F - 2.0F * b) * t * t + 2.0F * b * t;
    const float phi = 1e6F * (r * r * r) + 1e-6F;
    return albedo * ((t + 1.0F / phi) / (r + 1.0F / phi));
}

template <typename T>
__global__ void retouch_kernel(const float* texture, const T* blends, float* albedo, Health health) {
    const int texel = item();
    const Tap row = tap_of(texel / uv_side, photo_side, uv_side);
    const Tap column = tap_of(texel % uv_side, photo_side, uv_side);
    const std::size_t base = image_at(3 * photo_pixels);
    const std::size_t corner[4] = {
        base + 3 * static_cast<std::size_t>(row.first * photo_side + column.first),
        base + 3 * static_cast<std::size_t>(row.first * photo_side + column.second),
        base + 3 * static_cast<std::size_t>(row.second * photo_side + column.first),
        base + 3 * static_cast<std::size_t>(row.second * photo_side + column.second)};
    bool ok = true;
    for (int ch = 0; ch < 3; ++ch) {
        float b[4];
        for (int k = 0; k < 4; ++k) {
            b[k] = get(blends, corner[k] + ch);
            ok = ok && isfinite(b[k]);
        }
        const std::size_t at = image_at(3 * uv_texels) + 3 * static_cast<std::size_t>(texel) + ch;
        albedo[at] = de_retouched(texture[at], blend(row, column, b[0], b[1], b[2], b[3]), albedo[at]);
    }
    note(health, static_cast<int>(blockIdx.y), ok);
}

template <typename T>
__global__ void deformation_kernel(const T* output, float alpha, const float* masks, float* out,
                                   Health health) {
    const int texel = item();
    const Tap row = tap_of(texel / deformation_side, uv_side, deformation_side);
    const Tap column = tap_of(texel % deformation_side, uv_side, deformation_side);
    const float* mask = masks + image_at(uv_texels);
    const float strength = blend(
        row, column, mask[row.first * uv_side + column.first], mask[row.first * uv_side + column.second],
        mask[row.second * uv_side + column.first], mask[row.second * uv_side + column.second]);
    const std::size_t at = image_at(3 * deformation_texels) + 3 * static_cast<std::size_t>(texel);
    bool ok = true;
    for (int ch = 0; ch < 3; ++ch) {
        const float value = get(output, at + ch);
        ok = ok && isfinite(value);
        out[at + ch] = value * 0.1F * alpha * strength;
    }
    note(health, static_cast<int>(blockIdx.y), ok);
}

template <typename T>
__global__ void displacement_kernel(const T* output, float beta, const float* mask, float* out,
                                    Health health) {
    const std::size_t at = image_at(uv_texels) + static_cast<std::size_t>(item());
    const float value = get(output, at);
    out[at] = value * 0.1F * beta * mask[at];
    note(health, static_cast<int>(blockIdx.y), isfinite(value));
}

}  // namespace

void crop_input(const std::uint8_t* crops, int images, const NetworkInput& out, Stream stream) {
    with_elements(out, [&](auto* to) {
        crop_kernel<<<grid_of(crop_numbers, images), block_threads, 0, stream>>>(crops, to);
    });
}

void unet_input(const float* texture, int images, const NetworkInput& out, Stream stream) {
    with_elements(out, [&](auto* to) {
        unet_kernel<<<grid_of(photo_pixels, images), block_threads, 0, stream>>>(texture, to);
    });
}

void mid_input(const float* positions, const float* texture, int images, const NetworkInput& out,
               Stream stream) {
    with_elements(out, [&](auto* to) {
        mid_kernel<<<grid_of(deformation_texels, images), block_threads, 0, stream>>>(positions, texture, to);
    });
}

void high_input(const float* positions, const float* texture, const float* deformation, int images,
                const NetworkInput& out, Stream stream) {
    with_elements(out, [&](auto* to) {
        high_kernel<<<grid_of(uv_texels, images), block_threads, 0, stream>>>(positions, texture, deformation,
                                                                              to);
    });
}

void read_coefficients(const NetworkOutput& output, int images, float* coefficients, const Health& health,
                       Stream stream) {
    with_elements(output, [&](const auto* from) {
        coefficient_kernel<<<grid_of(coefficient_count, images), block_threads, 0, stream>>>(
            from, coefficients, health);
    });
}

void de_retouch(const float* texture, const NetworkOutput& blend, int images, float* albedo,
                const Health& health, Stream stream) {
    with_elements(blend, [&](const auto* from) {
        retouch_kernel<<<grid_of(uv_texels, images), block_threads, 0, stream>>>(texture, from, albedo,
                                                                                 health);
    });
}

void deformation_map(const NetworkOutput& output, float alpha, const float* mask, int images, float* out,
                     const Health& health, Stream stream) {
    with_elements(output, [&](const auto* from) {
        deformation_kernel<<<grid_of(deformation_texels, images), block_threads, 0, stream>>>(
            from, alpha, mask, out, health);
    });
}

void displacement_map(const NetworkOutput& output, float beta, const float* mask, int images, float* out,
                      const Health& health, Stream stream) {
    with_elements(output, [&](const auto* from) {
        displacement_kernel<<<grid_of(uv_texels, images), block_threads, 0, stream>>>(from, beta, mask, out,
                                                                                      health);
    });
}

}  // namespace hrn::core::cuda
