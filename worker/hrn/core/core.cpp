#include "worker/hrn/core/core.hpp"

#include <chrono>
#include <string_view>

#include "worker/hrn/core/core_networks.hpp"
#include "worker/hrn/core/de_retouch.hpp"
#include "worker/hrn/core/deformation.hpp"
#include "worker/hrn/core/face_engine.hpp"
#include "worker/hrn/core/face_model_files.hpp"
#include "worker/hrn/core/grid_normals.hpp"
#include "worker/hrn/core/landmark_fit.hpp"
#include "worker/hrn/core/lighting.hpp"
#include "worker/hrn/core/network_inputs.hpp"
#include "worker/hrn/core/resize.hpp"
#include "worker/hrn/core/stages.hpp"
#include "worker/hrn/core/texture_fit.hpp"
#include "worker/hrn/core/texture_sample.hpp"
#include "worker/hrn/core/trouble.hpp"
#include "worker/hrn/networks/placement.hpp"
#include "worker/hrn/networks/tensor_pool.hpp"
#ifdef HRN_WITH_CUDA
#include "worker/hrn/core/device/device_core.hpp"
#endif

namespace hrn::core {
namespace {

using Clock = std::chrono::steady_clock;

// Adds the time of its own life to a sum.
class Stopwatch {
public:
    explicit Stopwatch(double& seconds) : seconds_(seconds) {}
    ~Stopwatch() { seconds_ += std::chrono::duration<double>(Clock::now() - start_).count(); }
    Stopwatch(const Stopwatch&) = delete;
    Stopwatch& operator=(const Stopwatch&) = delete;

private:
    double& seconds_;
    Clock::time_point start_ = Clock::now();
};

// What one face has become so far.
struct Work {
    const AlignedFace* input = nullptr;
    std::optional<FaceError> error;
    Coefficients coefficients{};
    Pose pose;
    PosedShape base;
    Map photo;      // 512 crop
    Map positions;  // P
    Map texture;    // T, later T'
    Map albedo;     // A, later D
    Map mask;       // Vs
    Map deformation;
    PosedShape deformed;
    std::vector<Vec3> normals;
    Map displacement;
};

void fail(Work& work, Trouble trouble) {
    work.error = error_of(trouble);
}

std::vector<float> flat(std::span<const Vec3> points) {
    std::vector<float> out;
    out.reserve(3 * points.size());
    for (const Vec3& p : points) {
        out.insert(out.end(), {p.x, p.y, p.z});
    }
    return out;
}

networks::Placement prepared_placement(const CoreOptions& options) {
    const networks::Placement placement = networks::parse_placement(options.device, options.precision);
    networks::apply_precision(placement);
    networks::set_cpu_threads(options.threads);
    if (placement.on_cpu()) {
        networks::install_tensor_pool();
    }
    return placement;
}

Topology topology_of(const FaceModel& model) {
    Topology out;
    out.vertex_count = static_cast<std::int64_t>(model.vertex_count());
    out.faces = model.faces;
    out.uvs.reserve(2 * model.uvs.size());
    for (const Vec2& uv : model.uvs) {
        out.uvs.insert(out.uvs.end(), {uv.x, uv.y});
    }
    out.dense_faces = grid_faces();
    out.landmark_vertices = model.landmarks;
    return out;
}

}  // namespace

class Core::Pipeline {
public:
    Pipeline(const model::ModelDirectory& directory, const CoreOptions& options)
        : placement_(prepared_placement(options)),
          dense_(options.dense),
          team_(options.threads),
          model_(load_face_model(directory, team_)),
          networks_(directory, placement_),
          landmark_fit_(model_),
          topology_(topology_of(model_)),
          coefficients_from_(networks_.has_coefficients() ? "network" : "landmarks") {
        use_device();
    }

    std::vector<CoreResult> run(std::span<const AlignedFace> faces, const std::function<void()>& progress);
    [[nodiscard]] std::vector<std::string> settle(int largest) { return networks_.settle(largest); }
    [[nodiscard]] const Topology& topology() const { return topology_; }
    [[nodiscard]] const std::string& coefficients_from() const { return coefficients_from_; }
    [[nodiscard]] CoreTimes times() const { return engine_ ? engine_->times() : times_; }
    [[nodiscard]] std::vector<StageTime> last_stages() const;

private:
    using Network = std::vector<Map> (CoreNetworks::*)(std::span<const Map>) const;

    void use_device();
    void find_coefficients(std::vector<Work>& batch);
    void base_stage(Work& work);
    void mid_stage(Work& work);
    [[nodiscard]] Reconstruction finish(Work& work, const std::function<void()>& progress);
    // Runs one network over all faces that are still well: `input` makes what it eats, `accept` takes what
    // it gave.
    template <typename Input, typename Accept>
    void through(std::vector<Work>& batch, Network network, Trouble trouble, Input input, Accept accept);

    networks::Placement placement_;
    bool dense_;
    Team team_;
    FaceModel model_;
    CoreNetworks networks_;
    LandmarkFit landmark_fit_;
    Topology topology_;
    std::string coefficients_from_;
    CoreTimes times_;
    CoreTimes before_last_;               // what times_ was before the last run
    std::unique_ptr<FaceEngine> engine_;  // the device's; null on a CPU
};

void Core::Pipeline::use_device() {
#ifdef HRN_WITH_CUDA
    if (!placement_.on_cpu()) {
        engine_ = make_device_core({model_, networks_, landmark_fit_, team_, dense_});
        // The device has them now: 125 MB.
        model_.basis.values = {};
        model_.albedo.basis.values = {};
    }
#endif
}

std::vector<StageTime> Core::Pipeline::last_stages() const {
    if (engine_) {
        return engine_->last_stages();
    }
    return {{"networks", times_.networks - before_last_.networks},
            {"geometry", times_.geometry - before_last_.geometry},
            {"raster", times_.raster - before_last_.raster},
            {"texture fit", times_.fit - before_last_.fit}};
}

void Core::Pipeline::find_coefficients(std::vector<Work>& batch) {
    if (!networks_.has_coefficients()) {
        const Stopwatch watch(times_.geometry);
        for (Work& work : batch) {
            work.coefficients = landmark_fit_.fit(work.input->landmarks_224);
        }
    } else {
        const Stopwatch watch(times_.networks);
        std::vector<Map> crops;
        crops.reserve(batch.size());
        for (const Work& work : batch) {
            crops.push_back(from_bytes(work.input->image_224, crop_size, crop_size, 3));
        }
        const std::vector<Coefficients> found = networks_.coefficients(crops);
        for (std::size_t i = 0; i < batch.size(); ++i) {
            batch[i].coefficients = found[i];
        }
    }
    for (Work& work : batch) {
        if (!all_finite(work.coefficients)) {
            fail(work, networks_.has_coefficients() ? Trouble::coefficient_network : Trouble::landmark_fit);
        }
    }
}

void Core::Pipeline::base_stage(Work& work) {
    const Stopwatch watch(times_.geometry);
    work.pose = pose_of(work.coefficients);
    work.base = base_shape(model_, work.coefficients, team_);
    work.positions = to_uv(model_.uv_raster, work.base.shape, team_);
    work.photo = from_bytes(work.input->image_512, 512, 512, 3);
    work.texture = sample_into_uv(model_.uv_raster, work.base.camera, work.photo, team_);
    const Map mask = from_bytes(work.input->mask_224, crop_size, crop_size, 1);
    work.mask = smoothed_mask(sample_into_uv(model_.uv_raster, work.base.camera, mask, team_), team_);
    work.albedo = albedo_map(model_.albedo, texture_part(work.coefficients), team_);
    if (!all_finite(work.texture.values) || !all_finite(work.mask.values)) {
        fail(work, Trouble::projection);
    }
}

void Core::Pipeline::mid_stage(Work& work) {
    const Stopwatch watch(times_.geometry);
    work.deformed = deformed_shape(model_, work.base.shape, work.deformation, work.pose, team_);
    work.normals = rotated_normals(model_, work.deformed.shape, work.pose, team_);
    work.texture = sample_into_uv(model_.uv_raster, work.deformed.camera, work.photo, team_);
    if (!all_finite(work.texture.values)) {
        fail(work, Trouble::deformed_projection);
    }
}

template <typename Input, typename Accept>
void Core::Pipeline::through(std::vector<Work>& batch, Network network, Trouble trouble, Input input,
                             Accept accept) {
    std::vector<Map> inputs;
    std::vector<Work*> owners;
    for (Work& work : batch) {
        if (!work.error) {
            const Stopwatch watch(times_.geometry);
            inputs.push_back(input(work));
            owners.push_back(&work);
        }
    }
    std::vector<Map> outputs;
    {
        const Stopwatch watch(times_.networks);
        outputs = (networks_.*network)(inputs);
    }
    for (std::size_t i = 0; i < owners.size(); ++i) {
        if (all_finite(outputs[i].values)) {
            const Stopwatch watch(times_.geometry);
            accept(*owners[i], outputs[i]);
        } else {
            fail(*owners[i], trouble);
        }
    }
}

Reconstruction Core::Pipeline::finish(Work& work, const std::function<void()>& progress) {
    Reconstruction out;
    out.coefficients = work.coefficients;
    out.coefficients_from = coefficients_from_;
    Map colours;
    {
        const Stopwatch watch(times_.geometry);
        const Detail fine = detail(model_, work.deformed, work.normals, work.displacement, team_);
        colours = lit(work.albedo, fine.detailed, gamma_part(work.coefficients));
        if (dense_) {
            out.dense_positions = displaced(fine.positions, fine.normals, work.displacement).values;
            out.dense_normals = fine.detailed.values;
        }
        const std::vector<Vec3> vertices = output_vertices(work.deformed.camera, team_);
        std::vector<Vec3> normals(vertices.size());
        mesh_normals(vertices, model_.faces, model_.corners, normals, team_);
        out.vertices = flat(vertices);
        out.normals = flat(normals);
        out.projected_68 = projected_landmarks(model_, work.deformed.camera);
        out.smoothed_mask = work.mask.values;
    }
    View seen;
    {
        const Stopwatch watch(times_.raster);
        seen = view(model_, work.deformed.camera, team_);
        out.rendered_mask = seen.raster.mask();
    }
    const Stopwatch watch(times_.fit);
    const Map target = from_bytes(work.input->texture_target_224, crop_size, crop_size, 3);
    TextureFit fit(seen.pixels, colours, target, team_);
    for (int step = 0; step < fit_steps; ++step) {
        fit.step();
        progress();
    }
    out.texture = fit.texture().values;
    if (!all_finite(out.texture) || !all_finite(out.vertices) || !all_finite(out.normals)) {
        fail(work, Trouble::result);
    }
    return out;
}

std::vector<CoreResult> Core::Pipeline::run(std::span<const AlignedFace> faces,
                                            const std::function<void()>& progress) {
    if (engine_) {
        return engine_->run(faces, progress);
    }
    before_last_ = times_;
    std::vector<Work> batch(faces.size());
    for (std::size_t i = 0; i < faces.size(); ++i) {
        batch[i].input = &faces[i];
    }
    find_coefficients(batch);
    progress();
    for (Work& work : batch) {
        if (!work.error) {
            base_stage(work);
        }
    }
    through(
        batch, &CoreNetworks::blend_layers, Trouble::de_retouching,
        [&](const Work& work) { return unet_input(work.texture, team_); },
        [&](Work& work, const Map& blend) {
            const Map small = resize_bilinear(blend, uv_size, uv_size, team_);
            work.albedo = de_retouched_albedo(work.texture, small, work.albedo);
        });
    progress();
    through(
        batch, &CoreNetworks::deformations, Trouble::mid_frequency,
        [&](const Work& work) { return mid_input(work.positions, work.texture, team_); },
        [&](Work& work, const Map& output) {
            const Map small = resize_bilinear(work.mask, deformation_size, deformation_size, team_);
            work.deformation = deformation_map(output, networks_.alpha(), small);
        });
    progress();
    for (Work& work : batch) {
        if (!work.error) {
            mid_stage(work);
        }
    }
    through(
        batch, &CoreNetworks::displacements, Trouble::high_frequency,
        [&](const Work& work) { return high_input(work.positions, work.texture, work.deformation, team_); },
        [&](Work& work, const Map& output) {
            work.displacement = displacement_map(output, networks_.beta(), work.mask);
        });
    progress();
    std::vector<CoreResult> results(faces.size());
    for (std::size_t i = 0; i < batch.size(); ++i) {
        if (!batch[i].error) {
            results[i].face = finish(batch[i], progress);
        }
        if (batch[i].error) {
            results[i].face.reset();
            results[i].error = batch[i].error;
        }
    }
    return results;
}

Core::Core(const model::ModelDirectory& directory, const CoreOptions& options)
    : pipeline_(std::make_unique<Pipeline>(directory, options)) {}
Core::~Core() = default;

void Core::settle(int largest) {
    warnings_ = pipeline_->settle(largest);
}

std::vector<CoreResult> Core::run(std::span<const AlignedFace> faces, const std::function<void()>& progress) {
    return pipeline_->run(faces, progress);
}
const Topology& Core::topology() const {
    return pipeline_->topology();
}
const std::string& Core::coefficients_from() const {
    return pipeline_->coefficients_from();
}
CoreTimes Core::times() const {
    return pipeline_->times();
}
std::vector<StageTime> Core::last_stages() const {
    return pipeline_->last_stages();
}

}  // namespace hrn::core
