#include "worker/hrn/core/face_model.hpp"

namespace hrn::core {

void FaceModel::derive() {
    uv_raster = rasterise_uvs(uvs, uv_faces);
    offset_taps = core::offset_taps(uvs);
    corners = corner_lists(uvs.size(), faces);
}

std::vector<Vec3> face_shape(const FaceModel& model, std::span<const float> coefficients, Team& team) {
    static_assert(sizeof(Vec3) == 3 * sizeof(float));
    std::vector<float> numbers(model.mean.size());
    evaluate(model.basis, coefficients, model.mean, numbers, team);
    std::vector<Vec3> shape(model.vertex_count());
    for (std::size_t i = 0; i < shape.size(); ++i) {
        shape[i] = {numbers[3 * i], numbers[3 * i + 1], numbers[3 * i + 2]};
    }
    return shape;
}

}  // namespace hrn::core
