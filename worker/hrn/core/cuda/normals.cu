#include "worker/hrn/core/cuda/normals.hpp"

#include "worker/hrn/core/cuda/projection.cuh"

namespace hrn::core::cuda {
namespace {

constexpr int pose_numbers = 12;

__device__ float3 unit_or_up(float3 v) {
    if (v.x == 0 && v.y == 0 && v.z == 0) {
        return make_float3(0, 0, 1);
    }
    return v / length(v);
}

__device__ float3 shape_face(float3 v1, float3 v2, float3 v3) {
    const float3 n = cross(v1 - v2, v2 - v3);
    return n / larger(length(n), 1e-12F);
}

__device__ float3 mesh_face(float3 v0, float3 v1, float3 v2) {
    return unit_or_up(cross(v1 - v0, v2 - v0));
}

template <bool OfMesh>
__global__ void face_kernel(ModelArrays model, const float* points, float* face_normals) {
    const int f = item();
    if (f >= model.faces) {
        return;
    }
    const float* own = points + image_at(3 * static_cast<std::size_t>(model.vertices));
    const Triangle t = model.triangles[f];
    const float3 a = load3(own, t.vertex[0]);
    const float3 b = load3(own, t.vertex[1]);
    const float3 c = load3(own, t.vertex[2]);
    store3(face_normals + image_at(3 * static_cast<std::size_t>(model.faces)), f,
           OfMesh ? mesh_face(a, b, c) : shape_face(a, b, c));
}

__global__ void shape_kernel(ModelArrays model, const float* face_normals, const float* poses,
                             float* normals) {
    const int vertex = item();
    if (vertex >= model.vertices) {
        return;
    }
    const float* own = face_normals + image_at(3 * static_cast<std::size_t>(model.faces));
    const AroundVertex around = model.around[vertex];
    float3 sum = make_float3(0, 0, 0);
    for (int k = 0; k < 8; ++k) {
        if (around.face[k] < model.faces) {
            sum = sum + load3(own, around.face[k]);
        }
    }
    const float3 n = sum / larger(length(sum), 1e-12F);
    store3(normals + image_at(3 * static_cast<std::size_t>(model.vertices)), vertex,
           poses != nullptr ? rotate(n, poses + blockIdx.y * pose_numbers) : n);
}

__global__ void mesh_kernel(ModelArrays model, const float* face_normals, float* normals) {
    const int vertex = item();
    if (vertex >= model.vertices) {
        return;
    }
    const float* own = face_normals + image_at(3 * static_cast<std::size_t>(model.faces));
    float3 sum = make_float3(0, 0, 0);
    for (int i = model.corner_first[vertex]; i < model.corner_first[vertex + 1]; ++i) {
        sum = sum + load3(own, model.corner_faces[i]);
    }
    store3(normals + image_at(3 * static_cast<std::size_t>(model.vertices)), vertex, unit_or_up(sum));
}

}  // namespace

void shape_normals(const ModelArrays& model, const float* shape, const float* poses, int images,
                   float* face_normals, float* normals, Stream stream) {
    face_kernel<false>
        <<<grid_of(model.faces, images), block_threads, 0, stream>>>(model, shape, face_normals);
    shape_kernel<<<grid_of(model.vertices, images), block_threads, 0, stream>>>(model, face_normals, poses,
                                                                                normals);
}

void mesh_normals(const ModelArrays& model, const float* vertices, int images, float* face_normals,
                  float* normals, Stream stream) {
    face_kernel<true>
        <<<grid_of(model.faces, images), block_threads, 0, stream>>>(model, vertices, face_normals);
    mesh_kernel<<<grid_of(model.vertices, images), block_threads, 0, stream>>>(model, face_normals, normals);
}

}  // namespace hrn::core::cuda
