#include "worker/hrn/core/device/device_core.hpp"

#include <c10/core/InferenceMode.h>
#include <c10/cuda/CUDAGuard.h>
#include <c10/cuda/CUDAStream.h>

#include <algorithm>
#include <stdexcept>
#include <string_view>

#include "worker/hrn/core/cuda/detail.hpp"
#include "worker/hrn/core/cuda/lookup.hpp"
#include "worker/hrn/core/cuda/network_io.hpp"
#include "worker/hrn/core/cuda/normals.hpp"
#include "worker/hrn/core/cuda/raster.hpp"
#include "worker/hrn/core/cuda/shape.hpp"
#include "worker/hrn/core/cuda/texture_fit.hpp"
#include "worker/hrn/core/cuda/uv_maps.hpp"
#include "worker/hrn/core/cuda/visibility.hpp"
#include "worker/hrn/core/device/batch_buffers.hpp"
#include "worker/hrn/core/device/device_model.hpp"
#include "worker/hrn/core/device/fit_schedule.hpp"
#include "worker/hrn/core/device/stage_clock.hpp"
#include "worker/hrn/core/device/staging.hpp"
#include "worker/hrn/core/trouble.hpp"

namespace hrn::core {
namespace {

cuda::Element element_of(c10::ScalarType type) {
    switch (type) {
        case c10::kHalf:
            return cuda::Element::f16;
        case c10::kBFloat16:
            return cuda::Element::bf16;
        default:
            return cuda::Element::f32;
    }
}

cuda::NetworkInput as_input(const at::Tensor& tensor) {
    return {tensor.data_ptr(), element_of(tensor.scalar_type())};
}

cuda::NetworkOutput as_output(const at::Tensor& tensor) {
    return {tensor.data_ptr(), element_of(tensor.scalar_type())};
}

cuda::FitPlan plan_or_refuse() {
    const cuda::FitPlan plan = cuda::plan_fit();
    if (plan.slots == 0) {
        throw std::invalid_argument(
            "this GPU has too few multiprocessors or too little shared memory for the texture "
            "fit: use a larger one, or the device \"cpu\"");
    }
    return plan;
}

// On the way out, whatever happens: no copy into memory that the next batch writes is left under way.
class DrainedAtTheEnd {
public:
    explicit DrainedAtTheEnd(cuda::Stream stream) : stream_(stream) {}
    ~DrainedAtTheEnd() {
        // Its error is that of the batch, which was reported or is being so.
        static_cast<void>(cudaStreamSynchronize(stream_));
    }
    DrainedAtTheEnd(const DrainedAtTheEnd&) = delete;
    DrainedAtTheEnd& operator=(const DrainedAtTheEnd&) = delete;

private:
    cuda::Stream stream_;
};

class DeviceCore final : public FaceEngine {
public:
    explicit DeviceCore(const DeviceCoreParts& parts)
        : networks_(parts.networks),
          landmark_fit_(parts.landmark_fit),
          team_(parts.team),
          dense_(parts.dense),
          plan_(plan_or_refuse()),
          schedule_(fit_schedule()),
          constants_(parts.model),
          buffers_(model().vertices, model().faces, networks_.placement(), plan_) {}

    std::vector<CoreResult> run(std::span<const AlignedFace> faces,
                                const std::function<void()>& progress) override {
        std::vector<CoreResult> results;
        results.reserve(faces.size());
        for (std::size_t i = 0; i < faces.size(); i += most_faces_at_once) {
            run_batch(faces.subspan(i, std::min(most_faces_at_once, faces.size() - i)), progress, results);
        }
        return results;
    }
    CoreTimes times() const override { return times_; }
    std::vector<StageTime> last_stages() const override { return last_stages_; }

private:
    // What all steps of a batch need.
    struct Batch {
        int images;
        cuda::Stream stream;
    };

    void run_batch(std::span<const AlignedFace> faces, const std::function<void()>& progress,
                   std::vector<CoreResult>& results);
    void find_coefficients(std::span<const AlignedFace> faces, const Batch& batch);
    void base_stage(const Batch& batch);
    void retouch_stage(const at::Tensor& blend, const Batch& batch);
    void mid_stage(const at::Tensor& output, const Batch& batch);
    void high_stage(const at::Tensor& output, const Batch& batch);
    void raster_stage(const Batch& batch);
    void fit_stage(const Batch& batch);
    void check_results(const Batch& batch);
    void collect(std::size_t images, std::vector<CoreResult>& results);
    void count_times();

    [[nodiscard]] const cuda::ModelArrays& model() const { return constants_.arrays(); }
    [[nodiscard]] cuda::Health health(Trouble trouble) const {
        return {buffers_.device().failed, static_cast<int>(trouble)};
    }
    // The batch's part of an input.
    [[nodiscard]] static at::Tensor part(const at::Tensor& input, const Batch& batch) {
        return input.narrow(0, 0, batch.images);
    }
    [[nodiscard]] static at::Tensor interleaved(const at::Tensor& output) {
        return output.contiguous(networks::Placement::format());
    }
    void mark(const char* stage, const Batch& batch) {
        check_device(cudaGetLastError(), stage);
        clock_.mark(stage, batch.stream);
    }

    const CoreNetworks& networks_;
    const LandmarkFit& landmark_fit_;
    Team& team_;
    bool dense_;
    cuda::FitPlan plan_;
    cuda::FitSchedule schedule_;
    DeviceModel constants_;
    BatchBuffers buffers_;
    StageClock clock_;
    CoreTimes times_;
    std::vector<StageTime> last_stages_;
};

void DeviceCore::find_coefficients(std::span<const AlignedFace> faces, const Batch& batch) {
    float* coefficients = buffers_.device().coefficients;
    if (networks_.has_coefficients()) {
        const at::Tensor crops = part(buffers_.inputs().crops, batch);
        cuda::crop_input(buffers_.device().image_224, batch.images, as_input(crops), batch.stream);
        const at::Tensor output = networks_.coefficients(crops).contiguous();
        cuda::read_coefficients(as_output(output), batch.images, coefficients,
                                health(Trouble::coefficient_network), batch.stream);
        return;
    }
    team_.over(faces.size(), [&](std::size_t begin, std::size_t end) {
        for (std::size_t i = begin; i < end; ++i) {
            const Coefficients found = landmark_fit_.fit(faces[i].landmarks_224);
            std::copy(found.begin(), found.end(), buffers_.host().coefficients + i * coefficient_count);
        }
    });
    check_device(cudaMemcpyAsync(coefficients, buffers_.host().coefficients,
                                 faces.size() * coefficient_count * sizeof(float), cudaMemcpyHostToDevice,
                                 batch.stream),
                 "receiving coefficients");
    cuda::check_finite(coefficients, static_cast<int>(coefficient_count), batch.images,
                       health(Trouble::landmark_fit), batch.stream);
}

void DeviceCore::base_stage(const Batch& batch) {
    const CrossingArrays& io = buffers_.device();
    const DeviceArrays& at = buffers_.work();
    const auto [n, stream] = batch;
    cuda::find_pose(io.coefficients, n, at.poses, stream);
    cuda::face_shape(model(), io.coefficients, n, at.base_shape, stream);
    cuda::place(at.base_shape, at.poses, model().vertices, n, at.world, at.camera, stream);
    cuda::to_uv(model(), at.base_shape, n, at.positions, stream);
    const cuda::Health trouble = health(Trouble::projection);
    cuda::sample_crop(model(), at.camera, io.image_512, cuda::photo_side, 3, n, at.photo, trouble, stream);
    cuda::sample_crop(model(), at.camera, io.mask_224, cuda::view_side, 1, n, at.mask, trouble, stream);
    cuda::smooth_mask(at.mask, n, io.smoothed_mask, trouble, stream);
    cuda::albedo_map(model(), io.coefficients, n, at.albedo, stream);
    cuda::unet_input(at.photo, n, as_input(buffers_.inputs().unet), stream);
}

void DeviceCore::retouch_stage(const at::Tensor& blend, const Batch& batch) {
    const DeviceArrays& at = buffers_.work();
    cuda::de_retouch(at.photo, as_output(blend), batch.images, at.albedo, health(Trouble::de_retouching),
                     batch.stream);
    cuda::mid_input(at.positions, at.photo, batch.images, as_input(buffers_.inputs().mid), batch.stream);
}

void DeviceCore::mid_stage(const at::Tensor& output, const Batch& batch) {
    const CrossingArrays& io = buffers_.device();
    const DeviceArrays& at = buffers_.work();
    const auto [n, stream] = batch;
    cuda::deformation_map(as_output(output), networks_.alpha(), io.smoothed_mask, n, at.deformation,
                          health(Trouble::mid_frequency), stream);
    cuda::deform(model(), at.base_shape, at.deformation, n, at.shape, stream);
    cuda::place(at.shape, at.poses, model().vertices, n, at.world, at.camera, stream);
    cuda::shape_normals(model(), at.shape, at.poses, n, at.face_normals, at.rotated_normals, stream);
    cuda::sample_crop(model(), at.camera, io.image_512, cuda::photo_side, 3, n, at.photo,
                      health(Trouble::deformed_projection), stream);
    cuda::high_input(at.positions, at.photo, at.deformation, n, as_input(buffers_.inputs().high), stream);
}

void DeviceCore::high_stage(const at::Tensor& output, const Batch& batch) {
    const CrossingArrays& io = buffers_.device();
    const DeviceArrays& at = buffers_.work();
    const auto [n, stream] = batch;
    cuda::displacement_map(as_output(output), networks_.beta(), io.smoothed_mask, n, at.displacement,
                           health(Trouble::high_frequency), stream);
    cuda::to_uv(model(), at.world, n, at.uv_positions, stream);
    cuda::to_uv(model(), at.rotated_normals, n, at.uv_normals, stream);
    cuda::displace(at.uv_positions, at.uv_normals, at.displacement, n, io.dense_positions, stream);
    cuda::detail_normals(at.uv_positions, io.dense_positions, at.uv_normals, n, io.dense_normals, stream);
    cuda::light(at.albedo, io.dense_normals, io.coefficients, n, at.colours, stream);
    cuda::flip_depth(at.camera, model().vertices, n, io.vertices, stream);
    cuda::mesh_normals(model(), io.vertices, n, at.face_normals, io.normals, stream);
    cuda::project_landmarks(model(), at.camera, n, io.landmarks, stream);
    cuda::find_seen(model(), io.vertices, io.normals, io.mask_224, n, at.depths, io.seen, stream);
}

void DeviceCore::raster_stage(const Batch& batch) {
    const DeviceArrays& at = buffers_.work();
    const auto [n, stream] = batch;
    cuda::rasterise(model(), at.camera, n, at.keys, stream);
    cuda::list_covered(at.keys, n, at.lookup.count, at.lookup.pixels, buffers_.device().rendered_mask,
                       nullptr, stream);
    cuda::look_up(model(), at.camera, at.keys, n, at.lookup, stream);
    cuda::transpose(n, at.lookup, stream);
}

void DeviceCore::fit_stage(const Batch& batch) {
    const CrossingArrays& io = buffers_.device();
    const DeviceArrays& at = buffers_.work();
    const cuda::FitArrays arrays = {at.lookup, at.colours,    io.target_224,    io.texture,   nullptr,
                                    nullptr,   at.fit_pixels, at.fit_gradients, at.fit_seams, at.fit_done};
    cuda::fit_textures(arrays, plan_, schedule_, fit_steps, batch.images, batch.stream);
}

void DeviceCore::check_results(const Batch& batch) {
    const CrossingArrays& io = buffers_.device();
    const cuda::Health trouble = health(Trouble::result);
    cuda::check_finite(io.texture, 3 * cuda::uv_texels, batch.images, trouble, batch.stream);
    cuda::check_finite(io.vertices, 3 * model().vertices, batch.images, trouble, batch.stream);
    cuda::check_finite(io.normals, 3 * model().vertices, batch.images, trouble, batch.stream);
}

void DeviceCore::run_batch(std::span<const AlignedFace> faces, const std::function<void()>& progress,
                           std::vector<CoreResult>& results) {
    const c10::InferenceMode inference;
    const c10::cuda::CUDAGuard guard(networks_.placement().device);
    const Batch batch = {static_cast<int>(faces.size()), c10::cuda::getCurrentCUDAStream().stream()};
    buffers_.reserve(batch.images);
    pack(faces, buffers_.host(), team_);
    const DrainedAtTheEnd drained(batch.stream);
    clock_.start(batch.stream);
    copy_crops_in(buffers_.host(), buffers_.device(), faces.size(), batch.stream);
    check_device(cudaMemsetAsync(buffers_.device().failed, 0, faces.size() * sizeof(int), batch.stream),
                 "starting a batch");
    mark("copy in", batch);
    find_coefficients(faces, batch);
    mark("coefficients", batch);
    progress();
    base_stage(batch);
    mark("base maps", batch);
    const at::Tensor blend = interleaved(networks_.blend_layer(part(buffers_.inputs().unet, batch)));
    mark("de-retouching network", batch);
    progress();
    retouch_stage(blend, batch);
    mark("de-retouching", batch);
    const at::Tensor mid = interleaved(networks_.deformation(part(buffers_.inputs().mid, batch)));
    mark("mid network", batch);
    progress();
    mid_stage(mid, batch);
    mark("deformation", batch);
    const at::Tensor high = interleaved(networks_.displacement(part(buffers_.inputs().high, batch)));
    mark("high network", batch);
    progress();
    high_stage(high, batch);
    mark("detail", batch);
    raster_stage(batch);
    mark("raster", batch);
    fit_stage(batch);
    mark("texture fit", batch);
    check_results(batch);
    copy_results_out(buffers_.device(), buffers_.host(), faces.size(),
                     static_cast<std::size_t>(model().vertices), dense_, batch.stream);
    mark("copy out", batch);
    progress();
    clock_.wait();
    count_times();
    collect(faces.size(), results);
    progress();
}

void DeviceCore::collect(std::size_t images, std::vector<CoreResult>& results) {
    const std::size_t first = results.size();
    results.resize(first + images);
    team_.over(images, [&](std::size_t begin, std::size_t end) {
        for (std::size_t i = begin; i < end; ++i) {
            const auto trouble = static_cast<Trouble>(buffers_.host().failed[i]);
            if (trouble != Trouble::none) {
                results[first + i].error = error_of(trouble);
                continue;
            }
            Reconstruction& face = results[first + i].face.emplace();
            face.coefficients_from = networks_.has_coefficients() ? "network" : "landmarks";
            unpack(buffers_.host(), i, static_cast<std::size_t>(model().vertices), dense_, face);
        }
    });
}

void DeviceCore::count_times() {
    last_stages_ = clock_.stages();
    for (const StageTime& stage : last_stages_) {
        const std::string_view name = stage.name;
        double& sum = name == "texture fit"                                          ? times_.fit
                      : name == "raster"                                             ? times_.raster
                      : name == "coefficients" && networks_.has_coefficients()       ? times_.networks
                      : name.size() > 7 && name.substr(name.size() - 7) == "network" ? times_.networks
                                                                                     : times_.geometry;
        sum += stage.seconds;
    }
}

}  // namespace

std::unique_ptr<FaceEngine> make_device_core(const DeviceCoreParts& parts) {
    const c10::cuda::CUDAGuard guard(parts.networks.placement().device);
    return std::make_unique<DeviceCore>(parts);
}

}  // namespace hrn::core
