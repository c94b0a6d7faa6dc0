#include "worker/model/synthesise.hpp"

#include <fstream>
#include <nlohmann/json.hpp>
#include <string>
#include <system_error>

#include "worker/model/array.hpp"
#include "worker/model/model_description.hpp"
#include "worker/model/output_file.hpp"
#include "worker/model/synthetic_files.hpp"

namespace hrn::model {
namespace {

// Somebody's weights, or anything else, are never written over.
void check_directory(const std::filesystem::path& directory) {
    std::error_code error;
    const bool empty = std::filesystem::is_directory(directory, error)
                           ? std::filesystem::is_empty(directory, error)
                           : !std::filesystem::exists(directory, error);
    if (error || (!empty && !std::filesystem::is_regular_file(directory / description_name, error))) {
        throw ModelError(
            directory.string() +
            ": is not empty and was not written by hrn-model synthesise; choose another directory");
    }
}

nlohmann::ordered_json make_description(const SynthesisOptions& options, bool complete) {
    const bool demo = options.profile == Profile::demo;
    return {{"format", description_format},
            {"profile", demo ? "demo" : "test"},
            {"seed", options.seed},
            {"grid", options.grid},
            {"coefficients", demo ? "landmarks" : "network"},
            {"front_end", demo ? "dlib" : "auto"},
            {"complete", complete}};
}

void write_description(const std::filesystem::path& directory, const SynthesisOptions& options,
                       bool complete) {
    OutputFile out(directory / description_name);
    out.write(make_description(options, complete).dump(2) + "\n");
    out.close();
}

}  // namespace

bool is_synthesised(const std::filesystem::path& directory, const SynthesisOptions& options) {
    std::ifstream in(directory / description_name, std::ios::binary);
    return in && nlohmann::ordered_json::parse(in, nullptr, false) == make_description(options, true);
}

void synthesise(const std::filesystem::path& directory, const SynthesisOptions& options) {
    if (options.grid < 8 || options.grid > 255) {
        throw ModelError("the grid must have 8 to 255 vertices per side, not " +
                         std::to_string(options.grid));
    }
    check_directory(directory);
    write_description(directory, options, false);
    write_core_networks(directory, options);
    write_front_networks(directory, options);
    write_crop_regressor(directory, options);
    write_face_model(directory, options);
    write_texture_model(directory, options);
    write_description(directory, options, true);
}

}  // namespace hrn::model
