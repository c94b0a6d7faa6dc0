// What the kernels' callers and the kernels share: element types of network tensors, the model's constants as
// device pointers, and how a face's trouble is noted.
//
// Everything in this folder works on a batch at once: arrays hold one image's numbers after the other, maps
// with interleaved channels and row 0 at the top, as the CPU's Map. The functions only queue work on the
// stream; they own no memory and wait for nothing. A launch that fails shows in cudaGetLastError(), which the
// caller asks. Each function names its CPU twin: same arithmetic in the same order without fused
// multiply-adds, so that both give the same bits (but for sine and cosine of the pose).
#pragma once

#include <cuda_runtime_api.h>

#include <cstddef>
#include <cstdint>

namespace hrn::core::cuda {

using Stream = cudaStream_t;

// Element type of a network's tensors (networks::Placement::type()).
enum class Element : std::uint8_t { f32, f16, bf16 };

// A batch of channels-last network tensors.
struct NetworkOutput {
    const void* data;
    Element type;
};
struct NetworkInput {
    void* data;
    Element type;
};

// Where a face's first trouble is noted: failed[image] becomes `stage` if it is still 0.
struct Health {
    int* failed;  // one per image
    int stage;    // not 0
};

// Column after column, as LinearBasis.
struct Basis {
    const float* values;
    int rows;
    int columns;
};

// The same memory layout as core::UvTexel, core::OffsetTap, core::Face and core::VertexFaces.
struct UvTexel {
    std::int32_t vertex[3];  // -1: outside the face
    float weight[3];
};
struct OffsetTap {
    std::int32_t texel[4];
    float weight[4];
};
struct Triangle {
    std::int32_t vertex[3];
};
struct AroundVertex {
    std::int32_t face[8];  // the number of faces stands for "none"
};

// Device pointers to what is constant per model.
struct ModelArrays {
    int vertices;
    int faces;
    const float* mean;                 // 3 * vertices
    Basis shape_basis;                 // 3 * vertices x 144
    const float* albedo_mean;          // 256*256*3
    Basis albedo_basis;                // 256*256*3 x 80
    const Triangle* triangles;         // faces
    const AroundVertex* around;        // vertices
    const float* uvs;                  // 2 * vertices, v up
    const UvTexel* texels;             // 256*256
    const OffsetTap* taps;             // vertices
    const std::int32_t* corner_first;  // vertices + 1
    const std::int32_t* corner_faces;  // 3 * faces
    const std::int32_t* landmarks;     // 68
};

inline constexpr int uv_side = 256;
inline constexpr int uv_texels = uv_side * uv_side;
inline constexpr int deformation_side = 64;
inline constexpr int deformation_texels = deformation_side * deformation_side;
inline constexpr int view_side = 224;
inline constexpr int view_pixels = view_side * view_side;
inline constexpr int photo_side = 512;
inline constexpr int coefficient_count = 257;
inline constexpr int landmark_count = 68;

}  // namespace hrn::core::cuda
