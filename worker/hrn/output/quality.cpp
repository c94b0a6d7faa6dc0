#include "worker/hrn/output/quality.hpp"

#include <cmath>
#include <cstddef>
#include <numbers>
#include <stdexcept>

#include "worker/hrn/output/camera.hpp"
#include "worker/hrn/output/mesh_view.hpp"
#include "worker/hrn/output/visibility.hpp"

namespace hrn::output {

namespace {

constexpr std::size_t landmark_count = 68;
constexpr std::size_t first_angle = 224;    // core.md 4
constexpr float min_seen_cosine = 0.2588F;  // 75 degrees
constexpr std::uint8_t min_mask = 128;
constexpr int mask_side = 224;

float mean_landmark_error(const Reconstruction& face, const AlignedFace& aligned) {
    if (face.projected_68.size() != 2 * landmark_count) {
        throw std::invalid_argument("quality: the mesh has " + std::to_string(face.projected_68.size()) +
                                    " landmark numbers instead of 136");
    }
    double sum = 0;
    for (std::size_t i = 0; i < landmark_count; ++i) {
        sum += std::hypot(double{face.projected_68[2 * i]} - double{aligned.landmarks_224[2 * i]},
                          double{face.projected_68[2 * i + 1]} - double{aligned.landmarks_224[2 * i + 1]});
    }
    return static_cast<float>(sum / landmark_count);
}

// The direction in which the head looks is row 3 of R: (0, 0, 1) @ R.
float yaw_degrees(const Reconstruction& face) {
    const auto r = rotation_matrix({face.coefficients[first_angle], face.coefficients[first_angle + 1],
                                    face.coefficients[first_angle + 2]});
    return static_cast<float>(std::atan2(r[6], r[8]) * 180.0 / std::numbers::pi);
}

bool in_mask(const std::vector<std::uint8_t>& mask, const CropPoint& point) {
    const int column = static_cast<int>(point.x), row = static_cast<int>(point.y);
    if (column < 0 || row < 0 || column >= mask_side || row >= mask_side) {
        return false;
    }
    return mask[static_cast<std::size_t>(row) * mask_side + static_cast<std::size_t>(column)] >= min_mask;
}

// The share by area in texture space of faces whose three corners were seen.
float visible_texture(const std::vector<std::uint8_t>& seen, const Topology& topology) {
    const std::vector<double> own = topology.areas.size() == topology.faces.size() / 3
                                        ? std::vector<double>()
                                        : areas_in_texture(topology);
    const std::vector<double>& areas = own.empty() ? topology.areas : own;
    double visible = 0, whole = 0;
    for (std::size_t f = 0; f < areas.size(); ++f) {
        const std::int32_t* corner = topology.faces.data() + 3 * f;
        const auto sees = [&](int i) { return seen[static_cast<std::size_t>(corner[i])] != 0; };
        whole += areas[f];
        visible += sees(0) && sees(1) && sees(2) ? areas[f] : 0;
    }
    return whole > 0 ? static_cast<float>(visible / whole) : 0.0F;
}

}  // namespace

std::vector<std::string> suspicions_of(const Quality& quality, const QualityLimits& limits) {
    std::vector<std::string> reasons;
    if (!std::isfinite(quality.landmark_error) || !std::isfinite(quality.yaw_degrees)) {
        reasons.emplace_back("not_finite");
        return reasons;
    }
    if (quality.landmark_error > limits.max_landmark_error) {
        reasons.emplace_back("landmark_error");
    }
    if (std::abs(quality.yaw_degrees) > limits.max_yaw_degrees) {
        reasons.emplace_back("profile");
    }
    if (quality.visible_texture < limits.min_visible_texture) {
        reasons.emplace_back("little_visible");
    }
    return reasons;
}

std::vector<std::uint8_t> seen_in_photo(const Reconstruction& face, const AlignedFace& aligned,
                                        const Topology& topology) {
    if (aligned.mask_224.size() != std::size_t{mask_side} * mask_side) {
        throw std::invalid_argument("quality: the face mask is not 224 x 224");
    }
    const MeshView mesh{face.vertices, face.normals, topology.uvs, topology.faces};
    const std::vector<float> cosines = seen_cosines(mesh);
    std::vector<std::uint8_t> seen(cosines.size());
    for (std::size_t i = 0; i < seen.size(); ++i) {
        const float* p = &face.vertices[3 * i];
        seen[i] =
            cosines[i] >= min_seen_cosine && in_mask(aligned.mask_224, project(p[0], p[1], p[2])) ? 1 : 0;
    }
    return seen;
}

Quality judge(const Reconstruction& face, const AlignedFace& aligned, const Topology& topology) {
    Quality quality;
    quality.detector_score = aligned.detector_score;
    quality.landmark_error = mean_landmark_error(face, aligned);
    quality.yaw_degrees = yaw_degrees(face);
    const bool looked = !face.seen.empty();
    const std::vector<std::uint8_t> own =
        looked ? std::vector<std::uint8_t>() : seen_in_photo(face, aligned, topology);
    const std::vector<std::uint8_t>& seen = looked ? face.seen : own;
    if (topology.uvs.size() != 2 * seen.size()) {
        throw std::invalid_argument("quality: the mesh does not have the topology's vertices");
    }
    quality.visible_texture = visible_texture(seen, topology);
    quality.suspicions = suspicions_of(quality);
    return quality;
}

}  // namespace hrn::output
