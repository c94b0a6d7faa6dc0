#include "worker/runtime/hrn/hrn_work.hpp"

#include <algorithm>
#include <cctype>
#include <chrono>
#include <nlohmann/json.hpp>
#include <opencv2/core/utility.hpp>
#include <utility>

#include "shared/log.hpp"
#include "worker/hrn/image/decode.hpp"
#include "worker/model/array.hpp"
#include "worker/model/model_directory.hpp"
#include "worker/runtime/hrn/batch_times.hpp"
#include "worker/runtime/hrn/hrn_options.hpp"
#include "worker/runtime/hrn/warm_up.hpp"

namespace hrn::runtime {

namespace {

constexpr std::uint64_t kMegabyte = 1'000'000;

TaskFailure failure_of(const FaceError& error) {
    const auto code = parse_error_code(face_error_name(error.code));
    return {code.value_or(ErrorCode::internal_error), error.message, 0, Stage::none};
}

std::string lower_case(std::string_view text) {
    std::string lower(text);
    std::transform(lower.begin(), lower.end(), lower.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return lower;
}

output::Topology topology_of(const core::Topology& model) {
    output::Topology topology;
    topology.uvs = model.uvs;
    topology.faces.reserve(3 * model.faces.size());
    for (const auto& face : model.faces) {
        topology.faces.insert(topology.faces.end(), face.begin(), face.end());
    }
    return topology;
}

const char* name_of(FrontEndKind kind) {
    return kind == FrontEndKind::official ? "hrn" : "dlib";
}

}  // namespace

// A decoded photo; aligned once infer has had it, however often it is given to infer.
class HrnWork::HrnPrepared : public Prepared {
public:
    std::unique_ptr<front::PreparedPhoto> photo;
    output::ImageRecord image;
    std::optional<front::FrontResult> aligned;
};

class HrnWork::HrnComputed : public Computed {
public:
    explicit HrnComputed(ComputedPhoto the_photo) : photo(std::move(the_photo)) {}
    ComputedPhoto photo;
};

HrnWork::HrnWork(const WorkContext& context)
    : config_(context.config),
      configured_device_(context.launch.device),
      threads_(choose_stage_threads(context.config.workers, context.launch.device, usable_cores())) {}

TorchDevice& HrnWork::device() {
    if (!device_) {
        device_.emplace(configured_device_);
    }
    return *device_;
}

std::optional<std::string> HrnWork::cannot_load_yet() {
    const auto wanted = static_cast<std::uint64_t>(config_.workers.min_free_gpu_mb);
    if (wanted == 0 || device().is_cpu()) {
        return std::nullopt;
    }
    const auto memory = device().memory();
    if (!memory || memory->free / kMegabyte >= wanted) {
        return std::nullopt;
    }
    return "the device has " + std::to_string(memory->free / kMegabyte) +
           " MB free, [workers] min_free_gpu_mb asks for " + std::to_string(wanted);
}

Loaded HrnWork::load() {
    const auto start = std::chrono::steady_clock::now();
    Stopwatch watch;
    try {
        if (config_.limits.worker_max_gpu_mb > 0) {
            device().limit_memory(static_cast<std::uint64_t>(config_.limits.worker_max_gpu_mb) * kMegabyte);
        }
        load_model();
    } catch (const model::ModelError& error) {
        throw LoadFailed(WorkerExit::model, ErrorCode::model_missing, error.what());
    } catch (const std::invalid_argument& error) {
        throw LoadFailed(WorkerExit::model, ErrorCode::model_missing, error.what());
    }
    const double model = watch.lap();
    choose_batch_size();
    const double choice = watch.lap();
    warm_up();
    for (const std::string& warning : front_end_->warnings()) {
        log::warning(warning);
    }
    for (const std::string& warning : core_->warnings()) {
        log::warning(warning);
    }
    log::info("loaded", {{"model_ms", milliseconds_text(model)},
                         {"batch_size_ms", milliseconds_text(choice)},
                         {"warm_up_ms", milliseconds_text(watch.lap())}});
    const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
    const int lanes = lanes_for_batch(threads_.lanes, batch_size_);
    const nlohmann::json ready = {
        {"device", device().name()},
        {"precision", results_->precision},
        {"front_end", results_->front_end},
        {"model", results_->model},
        // Images in the networks at once: the supervisor gives as many, and some more to go on with.
        {"batch", batch_size_ * lanes},
        {"load_seconds", seconds.count()},
    };
    return {ready.dump(), batch_size_, lanes};
}

void HrnWork::load_model() {
    // OpenCV's own threads help where one image at a time is all there is to do.
    cv::setNumThreads(device().is_cpu() ? threads_.infer : 1);
    const std::string& where = device().torch_name();
    const model::ModelDirectory directory(config_.model.dir);
    tuning_.emplace(device(), directory.id());
    device().run([&] {
        load_core(directory);
        front_end_ = front::make_front_end(directory, front_end_options_of(config_, where, threads_.infer));
    });
    results_.emplace(ResultContext{output::MeshTemplate(topology_of(core_->topology())),
                                   output_options_of(config_), directory.id(), configured_device_,
                                   precision_of(config_), name_of(front_end_->kind())});
}

void HrnWork::load_core(const model::ModelDirectory& directory) {
    const auto load = [&](const std::string& precision) {
        config_.model.precision = precision;
        return std::make_unique<core::Core>(directory,
                                            core_options_of(config_, device().torch_name(), threads_.infer));
    };
    if (config_.model.precision == "auto") {
        SelfTuning::LoadedCore loaded = tuning_->core_of_best_precision(load);
        config_.model.precision = loaded.precision;
        core_ = std::move(loaded.core);
    } else {
        core_ = load(config_.model.precision);
    }
}

void HrnWork::choose_batch_size() {
    batch_size_ = config_.workers.batch_size > 0 ? batch_size_of(config_, device().is_cpu())
                                                 : tuning_->best_batch_size(*core_);
}

void HrnWork::warm_up() {
    if (device().is_cpu()) {
        return;
    }
    // What does not fit now will not fit later: the batch shrinks before the first image, not with it.
    while (true) {
        try {
            device().run([&] { warm_up_batches(*front_end_, *core_, batch_size_); });
            // Recording took memory that computing does not need.
            device().empty_cache();
            return;
        } catch (const DeviceOutOfMemory& error) {
            if (batch_size_ == 1) {
                throw;
            }
            batch_size_ /= 2;
            log::warning("the batch does not fit into the device's memory, halved",
                         {{"batch_size", std::to_string(batch_size_)}, {"reason", error.what()}});
        }
    }
}

std::unique_ptr<Prepared> HrnWork::decode(TaskInput input) {
    try {
        const image::ProbeLimits limits = probe_limits_of(config_);
        auto prepared = std::make_unique<HrnPrepared>();
        prepared->image.bytes = input.image.size();
        prepared->image.format = lower_case(format_name(image::probe(input.image, limits).info.format));
        prepared->photo = front_end_->prepare(image::decode(input.image, limits));
        prepared->image.width = prepared->photo->original_width;
        prepared->image.height = prepared->photo->original_height;
        return prepared;
    } catch (const FaceFailure& failure) {
        throw TaskFailed(failure_of(failure.error()));
    }
}

std::vector<Outcome> HrnWork::infer(std::span<Prepared* const> batch, const Step& step) {
    std::vector<Outcome> outcomes;
    BatchTimes times;
    device().run([&] {
        Stopwatch watch;
        align(batch);
        times.front_end = watch.lap();
        step();
        outcomes = reconstruct(batch, step, times);
    });
    log::debug("batch", {{"images", std::to_string(batch.size())},
                         {"front_end_ms", milliseconds_text(times.front_end)},
                         {"turn_ms", milliseconds_text(times.turn)},
                         {"core_ms", milliseconds_text(times.core)},
                         {"core_stages_ms", milliseconds_text(times.core_stages)},
                         {"results_ms", milliseconds_text(times.results)}});
    return outcomes;
}

void HrnWork::align(std::span<Prepared* const> batch) {
    std::vector<HrnPrepared*> waiting;
    std::vector<front::PreparedPhoto*> photos;
    for (Prepared* item : batch) {
        auto* prepared = static_cast<HrnPrepared*>(item);
        if (!prepared->aligned) {
            waiting.push_back(prepared);
            photos.push_back(prepared->photo.get());
        }
    }
    if (photos.empty()) {
        return;
    }
    std::vector<front::FrontResult> results = front_end_->align(photos);
    for (std::size_t i = 0; i < waiting.size(); ++i) {
        waiting[i]->aligned = std::move(results.at(i));
    }
}

std::vector<Outcome> HrnWork::reconstruct(std::span<Prepared* const> batch, const Step& step,
                                          BatchTimes& times) {
    std::vector<AlignedFace> faces;
    for (Prepared* item : batch) {
        const front::FrontResult& result = *static_cast<HrnPrepared*>(item)->aligned;
        if (!result.error) {
            faces.insert(faces.end(), result.faces.begin(), result.faces.end());
        }
    }
    std::vector<core::CoreResult> results;
    Stopwatch watch;
    {
        // One batch at a time: the core's memory on the device is its own. Others are in the front end
        // meanwhile.
        const std::lock_guard lock(core_mutex_);
        times.turn = watch.lap();
        results = core_->run(faces, step);
        times.core = watch.lap();
        for (const core::StageTime& stage : core_->last_stages()) {
            times.core_stages += stage.seconds;
        }
    }
    std::span<core::CoreResult> rest(results);
    std::vector<Outcome> outcomes;
    for (Prepared* item : batch) {
        auto& prepared = *static_cast<HrnPrepared*>(item);
        if (prepared.aligned->error) {
            outcomes.emplace_back(failure_of(*prepared.aligned->error));
            continue;
        }
        const std::size_t count = prepared.aligned->faces.size();
        outcomes.push_back(collect(prepared, rest.first(count)));
        rest = rest.subspan(count);
    }
    times.results = watch.lap();
    return outcomes;
}

// The photo stands and falls with its first face; a further one that fails is left out.
Outcome HrnWork::collect(HrnPrepared& prepared, std::span<core::CoreResult> results) const {
    if (results.empty() || results.front().error) {
        return results.empty() ? TaskFailure{ErrorCode::no_face, "no face was found in the photo"}
                               : failure_of(*results.front().error);
    }
    ComputedPhoto photo;
    for (std::size_t i = 0; i < results.size() && photo.faces.size() < kMaxFaces; ++i) {
        if (results[i].face) {
            photo.faces.push_back({std::move(prepared.aligned->faces[i]), std::move(*results[i].face)});
        }
    }
    photo.faces_found = prepared.aligned->faces_detected;
    photo.image = prepared.image;
    photo.frame_width = prepared.photo->photo.width;
    photo.frame_height = prepared.photo->photo.height;
    if (needs_photo(results_->options)) {
        auto& original = prepared.photo->original;
        photo.photo = original ? std::move(*original) : std::move(prepared.photo->photo);
    }
    return std::make_unique<HrnComputed>(std::move(photo));
}

Outputs HrnWork::write(Computed& computed, const TaskFacts& facts) {
    return make_outputs(static_cast<HrnComputed&>(computed).photo, facts, *results_);
}

std::uint64_t HrnWork::device_bytes() {
    return device_ ? device_->bytes_in_use() : 0;
}

}  // namespace hrn::runtime
