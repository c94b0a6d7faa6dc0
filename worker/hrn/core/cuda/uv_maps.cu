#include "worker/hrn/core/cuda/uv_maps.hpp"

#include "worker/hrn/core/cuda/projection.cuh"

namespace hrn::core::cuda {
namespace {

__device__ float3 attribute_at(const UvTexel& texel, const float* attribute) {
    if (texel.vertex[0] < 0) {
        return make_float3(0, 0, 0);
    }
    return load3(attribute, texel.vertex[0]) * texel.weight[0] +
           load3(attribute, texel.vertex[1]) * texel.weight[1] +
           load3(attribute, texel.vertex[2]) * texel.weight[2];
}

__global__ void uv_kernel(const UvTexel* texels, const float* attribute, int vertices, float* out) {
    const int t = item();  // the map's size is a multiple of the block's
    store3(out + image_at(3 * uv_texels), t,
           attribute_at(texels[t], attribute + image_at(3 * static_cast<std::size_t>(vertices))));
}

__device__ int between(int i, int least, int most) {
    return i < least ? least : (i > most ? most : i);
}

// floor as an index that cannot overflow: far outside is as good as just outside, both are clamped.
__device__ int floor_index(float floored, int size) {
    const float most = static_cast<float>(size) + 1.0F;
    return static_cast<int>(floored < -2.0F ? -2.0F : (most < floored ? most : floored));
}

template <int Channels>
__global__ void sample_kernel(const UvTexel* texels, const float* camera, int vertices,
                              const std::uint8_t* crops, int side, float scale, float* out, Health health) {
    const int t = item();
    const float2 p =
        project(attribute_at(texels[t], camera + image_at(3 * static_cast<std::size_t>(vertices))));
    float x = p.x * scale;
    float y = p.y * scale;
    // 0/0 outside the face; becomes the bottom-left pixel.
    x = isnan(x) ? 0.0F : x;
    y = isnan(y) ? 0.0F : y;
    y = static_cast<float>(side - 1) - y;
    const float x_floor = floorf(x);
    const float y_floor = floorf(y);
    const float fx = x - x_floor;
    const float fy = y - y_floor;
    const int x0 = floor_index(x_floor, side);
    const int y0 = floor_index(y_floor, side);
    const int left = between(x0, 0, side - 1);
    const int right = between(x0 + 1, 0, side - 1);
    const int top = between(y0, 0, side - 1);
    const int bottom = between(y0 + 1, 0, side - 1);
    const std::uint8_t* image = crops + image_at(static_cast<std::size_t>(side) * side * Channels);
    const std::uint8_t* a = image + (top * side + left) * Channels;
    const std::uint8_t* b = image + (bottom * side + left) * Channels;
    const std::uint8_t* c = image + (top * side + right) * Channels;
    const std::uint8_t* d = image + (bottom * side + right) * Channels;
    float* values = out + image_at(static_cast<std::size_t>(Channels) * uv_texels) + Channels * t;
    bool ok = true;
    // The row above gets the weight of the row below: the official code does it so.
    for (int ch = 0; ch < Channels; ++ch) {
        const float value = unit(a[ch]) * (1 - fx) * fy + unit(b[ch]) * (1 - fx) * (1 - fy) +
                            unit(c[ch]) * fx * fy + unit(d[ch]) * fx * (1 - fy);
        values[ch] = value;
        ok = ok && isfinite(value);
    }
    note(health, static_cast<int>(blockIdx.y), ok);
}

constexpr int radius = 5;
constexpr int tile_columns = 32;
constexpr int tile_rows = 8;

__device__ int reflect(int i) {
    if (i < 0) {
        return -i;
    }
    return i < uv_side ? i : 2 * uv_side - 2 - i;
}

// Minimum over 3 x 3; outside the map is +infinity. A NaN counts only in the middle, as with std::min.
__device__ float eroded(const float* mask, int row, int column) {
    float least = mask[row * uv_side + column];
    for (int r = row - 1; r <= row + 1; ++r) {
        for (int c = column - 1; c <= column + 1; ++c) {
            if (r >= 0 && r < uv_side && c >= 0 && c < uv_side) {
                const float other = mask[r * uv_side + c];
                least = other < least ? other : least;
            }
        }
    }
    return least;
}

__global__ void smooth_kernel(const float* masks, float* out, Health health) {
    constexpr int wide = tile_columns + 2 * radius;
    constexpr int high = tile_rows + 2 * radius;
    __shared__ float small[high][wide];         // eroded
    __shared__ float sums[high][tile_columns];  // over 11 columns
    const float* mask = masks + image_at(uv_texels);
    const int tiles_across = uv_side / tile_columns;
    const int row0 = static_cast<int>(blockIdx.x) / tiles_across * tile_rows;
    const int column0 = static_cast<int>(blockIdx.x) % tiles_across * tile_columns;
    const int thread = static_cast<int>(threadIdx.x);
    for (int i = thread; i < high * wide; i += block_threads) {
        small[i / wide][i % wide] =
            eroded(mask, reflect(row0 + i / wide - radius), reflect(column0 + i % wide - radius));
    }
    __syncthreads();
    for (int i = thread; i < high * tile_columns; i += block_threads) {
        float sum = 0;
        for (int k = 0; k <= 2 * radius; ++k) {
            sum += small[i / tile_columns][i % tile_columns + k];
        }
        sums[i / tile_columns][i % tile_columns] = sum;
    }
    __syncthreads();
    const int row = thread / tile_columns;
    const int column = thread % tile_columns;
    float sum = 0;
    for (int k = 0; k <= 2 * radius; ++k) {
        sum += sums[row + k][column];
    }
    const float value = sum / 121.0F;
    out[image_at(uv_texels) + static_cast<std::size_t>((row0 + row) * uv_side + column0 + column)] = value;
    note(health, static_cast<int>(blockIdx.y), isfinite(value));
}
static_assert(tile_rows * tile_columns == block_threads, "one thread for each texel of a tile");

}  // namespace

void to_uv(const ModelArrays& model, const float* attribute, int images, float* out, Stream stream) {
    uv_kernel<<<grid_of(uv_texels, images), block_threads, 0, stream>>>(model.texels, attribute,
                                                                        model.vertices, out);
}

void sample_crop(const ModelArrays& model, const float* camera, const std::uint8_t* crops, int side,
                 int channels, int images, float* out, const Health& health, Stream stream) {
    const auto kernel = channels == 3 ? sample_kernel<3> : sample_kernel<1>;
    const auto scale = static_cast<float>(side / 224.0);
    kernel<<<grid_of(uv_texels, images), block_threads, 0, stream>>>(model.texels, camera, model.vertices,
                                                                     crops, side, scale, out, health);
}

void smooth_mask(const float* mask, int images, float* out, const Health& health, Stream stream) {
    smooth_kernel<<<grid_of(uv_texels, images), block_threads, 0, stream>>>(mask, out, health);
}

}  // namespace hrn::core::cuda
