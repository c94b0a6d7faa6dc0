#include <algorithm>
#include <utility>

#include "worker/hrn/core/de_retouch.hpp"
#include "worker/hrn/core/deformation.hpp"
#include "worker/hrn/core/grid_normals.hpp"
#include "worker/hrn/core/lighting.hpp"
#include "worker/hrn/core/network_inputs.hpp"
#include "worker/hrn/core/operations.hpp"
#include "worker/hrn/core/resize.hpp"
#include "worker/hrn/core/texture_sample.hpp"

namespace hrn::core {
namespace {

class CpuOperations final : public Operations {
public:
    CpuOperations(const FaceModel& model, Team& team) : model_(model), team_(team) {}

    Pose pose(const Coefficients& coefficients) override { return pose_of(coefficients); }
    Points shape(const Coefficients& coefficients) override {
        return face_shape(model_, shape_part(coefficients), team_);
    }
    PosedShape posed(const Points& shape, const Pose& pose) override {
        return core::posed(shape, pose, team_);
    }
    Points flipped(const Points& points) override { return output_vertices(points, team_); }
    Points deformed(const Points& base, const Map& deformation) override {
        Points out(base.size());
        shape_offset(deformation, model_.offset_taps, out, team_);
        for (std::size_t i = 0; i < out.size(); ++i) {
            out[i] = base[i] + out[i];
        }
        return out;
    }
    std::vector<float> landmarks(const Points& camera) override {
        return projected_landmarks(model_, camera);
    }
    Points shape_normals(const Points& shape, const Pose* pose) override {
        if (pose != nullptr) {
            return rotated_normals(model_, shape, *pose, team_);
        }
        Points normals(shape.size());
        core::shape_normals(shape, model_.faces, model_.vertex_faces, normals, team_);
        return normals;
    }
    Points mesh_normals(const Points& vertices) override {
        Points normals(vertices.size());
        core::mesh_normals(vertices, model_.faces, model_.corners, normals, team_);
        return normals;
    }

    Map to_uv(const Points& attribute) override { return core::to_uv(model_.uv_raster, attribute, team_); }
    Map sample(const Points& camera, const ByteImage& image) override {
        return sample_into_uv(model_.uv_raster, camera, whole(image), team_);
    }
    Map smoothed_mask(const Map& mask) override { return core::smoothed_mask(mask, team_); }
    Map albedo(const Coefficients& coefficients) override {
        return albedo_map(model_.albedo, texture_part(coefficients), team_);
    }

    Map unet_input(const Map& texture) override { return core::unet_input(texture, team_); }
    Map mid_input(const Map& positions, const Map& texture) override {
        return core::mid_input(positions, texture, team_);
    }
    Map high_input(const Map& positions, const Map& texture, const Map& deformation) override {
        return core::high_input(positions, texture, deformation, team_);
    }
    Map de_retouched(const Map& texture, const Map& blend, const Map& albedo) override {
        return de_retouched_albedo(texture, resize_bilinear(blend, uv_size, uv_size, team_), albedo);
    }
    Map deformation(const Map& output, float alpha, const Map& mask) override {
        return deformation_map(output, alpha,
                               resize_bilinear(mask, deformation_size, deformation_size, team_));
    }
    Map displacement(const Map& output, float beta, const Map& mask) override {
        return displacement_map(output, beta, mask);
    }

    Map displaced(const Map& positions, const Map& normals, const Map& displacement) override {
        return core::displaced(positions, normals, displacement);
    }
    Map detail_normals(const Map& positions, const Map& normals, const Map& displacement) override {
        return core::detail_normals(positions, normals, displacement, team_);
    }
    Map lit(const Map& albedo, const Map& normals, const Coefficients& coefficients) override {
        return core::lit(albedo, normals, gamma_part(coefficients));
    }

    View view(const Points& camera) override { return core::view(model_, camera, team_); }
    Map render(const View& view, const Map& texture) override { return core::render(view.pixels, texture); }
    FitTrace fit(const View& view, const Map& start, const ByteImage& target) override {
        FitTrace trace;
        TextureFit fit(view.pixels, start, whole(target), team_);
        for (int step = 1; step <= fit_steps; ++step) {
            fit.step();
            trace.loss[static_cast<std::size_t>(step) - 1] = fit.photo_loss();
            if (step == 1) {
                trace.after_1 = fit.offset();
            } else if (step == 10) {
                trace.after_10 = fit.offset();
            }
        }
        trace.after_100 = fit.offset();
        trace.texture = fit.texture();
        return trace;
    }

private:
    static Map whole(const ByteImage& image) {
        return from_bytes(image.bytes, image.side, image.side, image.channels);
    }

    const FaceModel& model_;
    Team& team_;
};

}  // namespace

std::unique_ptr<Operations> make_cpu_operations(const FaceModel& model, Team& team) {
    return std::make_unique<CpuOperations>(model, team);
}

}  // namespace hrn::core
