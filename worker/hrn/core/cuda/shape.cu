#include "worker/hrn/core/cuda/shape.hpp"

#include "worker/hrn/core/cuda/projection.cuh"

namespace hrn::core::cuda {
namespace {

constexpr int identity_count = 80;
constexpr int expression_count = 64;
constexpr int texture_at = 144;
constexpr int texture_count = 80;
constexpr int angles_at = 224;
constexpr int translation_at = 254;

// Faces that share one reading of the basis, which is larger than any cache.
constexpr int faces_together = 8;
constexpr int basis_threads = 128;

// The coefficients of the block's faces as float64, face after face for each column; 0 where there is no
// face.
__device__ void gather_coefficients(const float* coefficients, int first, int count, int images,
                                    double* out) {
    const int face0 = static_cast<int>(blockIdx.y) * faces_together;
    for (int i = static_cast<int>(threadIdx.x); i < count * faces_together; i += basis_threads) {
        const int image = face0 + i % faces_together;
        out[i] = image < images ? coefficients[image * coefficient_count + first + i / faces_together] : 0.0;
    }
}

__device__ void accumulate(const Basis& basis, int first, int count, int row, const double* coefficients,
                           double (&sum)[faces_together]) {
    const float* column = basis.values + static_cast<std::size_t>(first) * basis.rows + row;
    for (int f = 0; f < faces_together; ++f) {
        sum[f] = 0;
    }
#pragma unroll 8
    for (int k = 0; k < count; ++k) {
        const double value = column[static_cast<std::size_t>(k) * basis.rows];
        for (int f = 0; f < faces_together; ++f) {
            sum[f] += value * coefficients[k * faces_together + f];
        }
    }
}

__global__ void __launch_bounds__(basis_threads)
    shape_kernel(Basis basis, const float* mean, const float* coefficients, int images, float* shape) {
    __shared__ double shared_coefficients[(identity_count + expression_count) * faces_together];
    gather_coefficients(coefficients, 0, identity_count + expression_count, images, shared_coefficients);
    __syncthreads();
    const int row = item();
    if (row >= basis.rows) {
        return;
    }
    double identity[faces_together];
    double expression[faces_together];
    accumulate(basis, 0, identity_count, row, shared_coefficients, identity);
    accumulate(basis, identity_count, expression_count, row,
               shared_coefficients + identity_count * faces_together, expression);
    const int face0 = static_cast<int>(blockIdx.y) * faces_together;
    for (int f = 0; f < faces_together; ++f) {
        if (face0 + f < images) {
            shape[static_cast<std::size_t>(face0 + f) * basis.rows + row] =
                static_cast<float>(identity[f]) + static_cast<float>(expression[f]) + mean[row];
        }
    }
}

__global__ void __launch_bounds__(basis_threads)
    albedo_kernel(Basis basis, const float* mean, const float* coefficients, int images, float* albedo) {
    __shared__ double shared_coefficients[texture_count * faces_together];
    gather_coefficients(coefficients, texture_at, texture_count, images, shared_coefficients);
    __syncthreads();
    const int row = item();
    if (row >= basis.rows) {
        return;
    }
    double sum[faces_together];
    accumulate(basis, 0, texture_count, row, shared_coefficients, sum);
    const int face0 = static_cast<int>(blockIdx.y) * faces_together;
    for (int f = 0; f < faces_together; ++f) {
        if (face0 + f < images) {
            albedo[static_cast<std::size_t>(face0 + f) * basis.rows + row] =
                (static_cast<float>(sum[f]) + mean[row]) / 255.0F;
        }
    }
}

__device__ void times(const double* a, const double* b, double* out) {
    for (int i = 0; i < 3; ++i) {
        for (int j = 0; j < 3; ++j) {
            out[3 * i + j] = a[3 * i] * b[j] + a[3 * i + 1] * b[3 + j] + a[3 * i + 2] * b[6 + j];
        }
    }
}

__global__ void pose_kernel(const float* coefficients, int images, float* poses) {
    const int image = item();
    if (image >= images) {
        return;
    }
    const float* c = coefficients + image * coefficient_count;
    const double a = c[angles_at], b = c[angles_at + 1], g = c[angles_at + 2];
    const double rx[9] = {1, 0, 0, 0, cos(a), -sin(a), 0, sin(a), cos(a)};
    const double ry[9] = {cos(b), 0, sin(b), 0, 1, 0, -sin(b), 0, cos(b)};
    const double rz[9] = {cos(g), -sin(g), 0, sin(g), cos(g), 0, 0, 0, 1};
    double inner[9];
    double product[9];
    times(ry, rx, inner);
    times(rz, inner, product);
    float* pose = poses + image * pose_numbers;
    for (int i = 0; i < 3; ++i) {
        for (int j = 0; j < 3; ++j) {
            pose[3 * i + j] = static_cast<float>(product[3 * j + i]);
        }
        pose[9 + i] = c[translation_at + i];
    }
}

__global__ void place_kernel(const float* shape, const float* poses, int vertices, float* world,
                             float* camera) {
    const int vertex = item();
    if (vertex >= vertices) {
        return;
    }
    const std::size_t at = image_at(3 * static_cast<std::size_t>(vertices));
    const float* pose = poses + blockIdx.y * pose_numbers;
    const float3 p = rotate(load3(shape + at, vertex), pose) + make_float3(pose[9], pose[10], pose[11]);
    store3(world + at, vertex, p);
    store3(camera + at, vertex, make_float3(p.x, p.y, camera_distance - p.z));
}

__global__ void flip_kernel(const float* points, int vertices, float* out) {
    const int vertex = item();
    if (vertex >= vertices) {
        return;
    }
    const std::size_t at = image_at(3 * static_cast<std::size_t>(vertices));
    const float3 p = load3(points + at, vertex);
    store3(out + at, vertex, make_float3(p.x, p.y, camera_distance - p.z));
}

__global__ void deform_kernel(const OffsetTap* taps, const float* base, const float* deformation,
                              int vertices, float* shape) {
    const int vertex = item();
    if (vertex >= vertices) {
        return;
    }
    const std::size_t at = image_at(3 * static_cast<std::size_t>(vertices));
    const float* map = deformation + image_at(3 * deformation_texels);
    const OffsetTap tap = taps[vertex];
    float3 sum = load3(map, tap.texel[0]) * tap.weight[0];
    for (int k = 1; k < 4; ++k) {
        sum = sum + load3(map, tap.texel[k]) * tap.weight[k];
    }
    store3(shape + at, vertex, load3(base + at, vertex) + sum);
}

__global__ void landmark_kernel(const std::int32_t* landmarks, const float* camera, int vertices,
                                float* out) {
    const int landmark = item();
    if (landmark >= landmark_count) {
        return;
    }
    const float2 p =
        project(load3(camera + image_at(3 * static_cast<std::size_t>(vertices)), landmarks[landmark]));
    float* own = out + image_at(2 * landmark_count) + 2 * landmark;
    own[0] = p.x;
    own[1] = p.y;
}

__global__ void finite_kernel(const float* numbers, int count, Health health) {
    const int i = item();
    if (i < count) {
        note(health, static_cast<int>(blockIdx.y),
             isfinite(numbers[image_at(static_cast<std::size_t>(count)) + static_cast<std::size_t>(i)]));
    }
}

int groups_of(int images) {
    return (images + faces_together - 1) / faces_together;
}

}  // namespace

void face_shape(const ModelArrays& model, const float* coefficients, int images, float* shape,
                Stream stream) {
    shape_kernel<<<grid_of(model.shape_basis.rows, groups_of(images), basis_threads), basis_threads, 0,
                   stream>>>(model.shape_basis, model.mean, coefficients, images, shape);
}

void albedo_map(const ModelArrays& model, const float* coefficients, int images, float* albedo,
                Stream stream) {
    albedo_kernel<<<grid_of(model.albedo_basis.rows, groups_of(images), basis_threads), basis_threads, 0,
                    stream>>>(model.albedo_basis, model.albedo_mean, coefficients, images, albedo);
}

void find_pose(const float* coefficients, int images, float* poses, Stream stream) {
    pose_kernel<<<grid_of(images, 1, 32), 32, 0, stream>>>(coefficients, images, poses);
}

void place(const float* shape, const float* poses, int vertices, int images, float* world, float* camera,
           Stream stream) {
    place_kernel<<<grid_of(vertices, images), block_threads, 0, stream>>>(shape, poses, vertices, world,
                                                                          camera);
}

void flip_depth(const float* points, int vertices, int images, float* out, Stream stream) {
    flip_kernel<<<grid_of(vertices, images), block_threads, 0, stream>>>(points, vertices, out);
}

void deform(const ModelArrays& model, const float* base, const float* deformation, int images, float* shape,
            Stream stream) {
    deform_kernel<<<grid_of(model.vertices, images), block_threads, 0, stream>>>(
        model.taps, base, deformation, model.vertices, shape);
}

void project_landmarks(const ModelArrays& model, const float* camera, int images, float* landmarks,
                       Stream stream) {
    landmark_kernel<<<grid_of(landmark_count, images, 96), 96, 0, stream>>>(model.landmarks, camera,
                                                                            model.vertices, landmarks);
}

void check_finite(const float* numbers, int count, int images, const Health& health, Stream stream) {
    finite_kernel<<<grid_of(count, images), block_threads, 0, stream>>>(numbers, count, health);
}

}  // namespace hrn::core::cuda
