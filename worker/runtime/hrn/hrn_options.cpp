#include "worker/runtime/hrn/hrn_options.hpp"

#include <algorithm>

#include "worker/runtime/hrn/hrn_result.hpp"

namespace hrn::runtime {

namespace {

constexpr int kGpuBatch = 8;

front::FrontEndChoice front_end_of(const std::string& word) {
    if (word == "hrn") {
        return front::FrontEndChoice::official;
    }
    return word == "dlib" ? front::FrontEndChoice::dlib : front::FrontEndChoice::automatic;
}

front::FaceChoice faces_of(const std::string& word) {
    if (word == "largest") {
        return front::FaceChoice::largest;
    }
    return word == "all" ? front::FaceChoice::all : front::FaceChoice::first;
}

}  // namespace

std::string precision_of(const Config& config) {
    return config.model.precision == "auto" ? "fp32" : config.model.precision;
}

int batch_size_of(const Config& config, bool on_cpu) {
    if (config.workers.batch_size > 0) {
        return static_cast<int>(config.workers.batch_size);
    }
    return on_cpu ? 1 : kGpuBatch;
}

image::ProbeLimits probe_limits_of(const Config& config) {
    image::ProbeLimits limits;
    limits.max_pixels = static_cast<std::uint64_t>(config.limits.max_image_pixels);
    return limits;
}

output::OutputOptions output_options_of(const Config& config) {
    const auto wanted = [&](const char* kind) {
        return std::find(config.output.mesh.begin(), config.output.mesh.end(), kind) !=
               config.output.mesh.end();
    };
    output::OutputOptions options;
    options.obj = wanted("obj");
    options.glb = wanted("glb");
    options.ply = wanted("ply");
    options.texture =
        config.output.texture == "png" ? output::TextureFormat::png : output::TextureFormat::jpg;
    options.texture_size = static_cast<int>(config.output.texture_size);
    options.detail = config.output.detail;
    options.preview = config.output.preview;
    return options;
}

front::FrontEndOptions front_end_options_of(const Config& config, const std::string& torch_device,
                                            int threads) {
    front::FrontEndOptions options;
    options.kind = front_end_of(config.model.front_end);
    options.faces = faces_of(config.model.faces);
    options.landmarks = config.model.landmarks;
    options.device = torch_device;
    options.precision = precision_of(config);
    options.threads = threads;
    options.keep_original = needs_photo(output_options_of(config));
    return options;
}

core::CoreOptions core_options_of(const Config& config, const std::string& torch_device, int threads) {
    return {torch_device, precision_of(config), threads, config.output.detail};
}

}  // namespace hrn::runtime
