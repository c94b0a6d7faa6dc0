// All that is constant per model between the networks: the 3DMM, its topology, and what is derived from them
// once (core.md 12).
//
// Owned by the Core; immutable after loading, any thread may read. Every index in it is valid: the loader
// (face_model_files.hpp) has checked them.
#pragma once

#include <array>
#include <vector>

#include "worker/hrn/core/albedo.hpp"
#include "worker/hrn/core/coefficients.hpp"
#include "worker/hrn/core/deformation.hpp"
#include "worker/hrn/core/linear_basis.hpp"
#include "worker/hrn/core/uv_raster.hpp"
#include "worker/hrn/core/vec3.hpp"
#include "worker/hrn/core/vertex_normals.hpp"

namespace hrn::core {

inline constexpr std::size_t landmark_count = 68;

struct FaceModel {
    // read from files
    std::vector<float> mean;  // 3N, centred on the average of the first 35,709 vertices
    LinearBasis basis;        // 3N x 144: identity, then expression
    std::vector<Face> faces;  // of the mesh
    std::vector<VertexFaces> vertex_faces;
    std::array<int, landmark_count> landmarks{};
    std::vector<Vec2> uvs;       // N, v up
    std::vector<Face> uv_faces;  // of template_bfm.obj, for UV maps only
    AlbedoModel albedo;
    // derived
    UvRaster uv_raster;
    std::vector<OffsetTap> offset_taps;
    CornerLists corners;

    [[nodiscard]] std::size_t vertex_count() const { return uvs.size(); }
    void derive();  // fills the derived part
};

// shape = mean + identity and expression; 144 coefficients, N points in model space (core.md 4).
[[nodiscard]] std::vector<Vec3> face_shape(const FaceModel& model,
                                           std::span<const float, shape_count> coefficients, Team& team);

}  // namespace hrn::core
