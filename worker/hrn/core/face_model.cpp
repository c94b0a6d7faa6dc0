#include "worker/hrn/core/face_model.hpp"

namespace hrn::core {

void FaceModel::derive() {
    uv_raster = rasterise_uvs(uvs, uv_faces);
    offset_taps = core::offset_taps(uvs);
    corners = corner_lists(uvs.size(), faces);
}

std::vector<Vec3> face_shape(const FaceModel& model, std::span<const float, shape_count> coefficients,
                             Team& team) {
    std::vector<float> identity(model.mean.size());
    std::vector<float> expression(model.mean.size());
    evaluate(model.basis, 0, coefficients.first<identity_count>(), identity, team);
    evaluate(model.basis, identity_count, coefficients.last<expression_count>(), expression, team);
    std::vector<Vec3> shape(model.vertex_count());
    const auto number = [&](std::size_t i) { return identity[i] + expression[i] + model.mean[i]; };
    for (std::size_t i = 0; i < shape.size(); ++i) {
        shape[i] = {number(3 * i), number(3 * i + 1), number(3 * i + 2)};
    }
    return shape;
}

}  // namespace hrn::core
