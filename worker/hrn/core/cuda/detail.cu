#include "worker/hrn/core/cuda/detail.hpp"

#include <cmath>

#include "worker/hrn/core/cuda/kernel_tools.cuh"

namespace hrn::core::cuda {
namespace {

constexpr int gamma_at = 227;
constexpr int bands = 9;
constexpr float ambient = 0.8F;

// Quads of g's grid: top-left corners (core::grid_bounds).
constexpr int first_column = 2, last_column = 252, first_row = 5, last_row = 249;

__global__ void displace_kernel(const float* positions, const float* normals, const float* displacement,
                                float* out) {
    const int t = item();
    const std::size_t at = image_at(3 * uv_texels);
    store3(out + at, t,
           load3(positions + at, t) +
               load3(normals + at, t) * displacement[image_at(uv_texels) + static_cast<std::size_t>(t)]);
}

__device__ bool has_quad(int row, int column) {
    return row >= first_row && row <= last_row && column >= first_column && column <= last_column;
}

__device__ float3 triangle_normal(float3 a, float3 b, float3 c) {
    return cross(b - a, c - a);
}
__device__ float3 upper_normal(const float* map, int row, int column) {
    const int t = row * uv_side + column;
    return triangle_normal(load3(map, t), load3(map, t + uv_side), load3(map, t + 1));
}
__device__ float3 lower_normal(const float* map, int row, int column) {
    const int t = row * uv_side + column;
    return triangle_normal(load3(map, t + 1), load3(map, t + uv_side), load3(map, t + uv_side + 1));
}

// g at one texel: the triangles around it in the order of the CPU's sum.
__device__ float3 grid_normal(const float* map, int row, int column) {
    float3 sum = make_float3(0, 0, 0);
    if (has_quad(row - 1, column - 1)) {
        sum = sum + lower_normal(map, row - 1, column - 1);
    }
    if (has_quad(row - 1, column)) {
        sum = sum + upper_normal(map, row - 1, column) + lower_normal(map, row - 1, column);
    }
    if (has_quad(row, column - 1)) {
        sum = sum + upper_normal(map, row, column - 1) + lower_normal(map, row, column - 1);
    }
    if (has_quad(row, column)) {
        sum = sum + upper_normal(map, row, column);
    }
    const float3 n = sum / larger(length(sum), 1e-6F);
    return make_float3(-n.x, -n.y, n.z);
}

__global__ void detail_kernel(const float* positions, const float* displaced, const float* normals,
                              float* out) {
    const int t = item();
    const std::size_t at = image_at(3 * uv_texels);
    const int row = t / uv_side;
    const int column = t % uv_side;
    const float3 fine = grid_normal(displaced + at, row, column);
    const float3 coarse = grid_normal(positions + at, row, column);
    store3(out + at, t, fine + (load3(normals + at, t) - coarse));
}

struct LightConstants {
    float k0, k1, k2, k2_z;
};

__global__ void light_kernel(LightConstants k, const float* albedo, const float* normals,
                             const float* coefficients, float* out) {
    __shared__ float light[3 * bands];
    if (threadIdx.x < 3 * bands) {
        const float gamma = coefficients[image_at(coefficient_count) + gamma_at + threadIdx.x];
        light[threadIdx.x] = threadIdx.x % bands == 0 ? gamma + ambient : gamma;
    }
    __syncthreads();
    const int t = item();
    const std::size_t at = image_at(3 * uv_texels);
    const float3 n = load3(normals + at, t);
    const float y[bands] = {k.k0,
                            -k.k1 * n.y,
                            k.k1 * n.z,
                            -k.k1 * n.x,
                            k.k2 * n.x * n.y,
                            -k.k2 * n.y * n.z,
                            k.k2_z * (3.0F * n.z * n.z - 1.0F),
                            -k.k2 * n.x * n.z,
                            k.k2 / 2.0F * (n.x * n.x - n.y * n.y)};
    float sum[3] = {0, 0, 0};
    for (int ch = 0; ch < 3; ++ch) {
        for (int band = 0; band < bands; ++band) {
            sum[ch] += y[band] * light[bands * ch + band];
        }
    }
    const float3 colour = load3(albedo + at, t);
    store3(out + at, t, make_float3(colour.x * sum[0], colour.y * sum[1], colour.z * sum[2]));
}

LightConstants light_constants() {
    const double pi = 3.141592653589793238462643383279502884;
    const double k0 = pi / std::sqrt(4 * pi);
    const double k1 = 2 * pi / std::sqrt(3.0) * std::sqrt(3.0) / std::sqrt(4 * pi);
    const double k2 = 2 * pi / std::sqrt(8.0) * 3 * std::sqrt(5.0) / std::sqrt(12 * pi);
    return {static_cast<float>(k0), static_cast<float>(k1), static_cast<float>(k2),
            static_cast<float>(k2 / (2 * std::sqrt(3.0)))};
}

}  // namespace

void displace(const float* positions, const float* normals, const float* displacement, int images, float* out,
              Stream stream) {
    displace_kernel<<<grid_of(uv_texels, images), block_threads, 0, stream>>>(positions, normals,
                                                                              displacement, out);
}

void detail_normals(const float* positions, const float* displaced, const float* normals, int images,
                    float* out, Stream stream) {
    detail_kernel<<<grid_of(uv_texels, images), block_threads, 0, stream>>>(positions, displaced, normals,
                                                                            out);
}

void light(const float* albedo, const float* normals, const float* coefficients, int images, float* out,
           Stream stream) {
    light_kernel<<<grid_of(uv_texels, images), block_threads, 0, stream>>>(light_constants(), albedo, normals,
                                                                           coefficients, out);
}

}  // namespace hrn::core::cuda
