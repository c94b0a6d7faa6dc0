#include "worker/runtime/hrn/hrn_result.hpp"

#include <chrono>
#include <span>
#include <utility>

#include "shared/sha256.hpp"

namespace hrn::runtime {

namespace {

std::string folder_of(std::size_t face) {
    return face == 0 ? std::string() : "face_" + std::to_string(face + 1);
}

output::OutputEntry entry_of(const OutputFile& file) {
    return {file.folder.empty() ? file.name : file.folder + "/" + file.name, file.bytes.size(),
            sha256_hex(std::as_bytes(std::span(file.bytes.data(), file.bytes.size())))};
}

double seconds_in(const TaskFacts& facts, Stage stage) {
    return facts.stage_seconds[static_cast<std::size_t>(stage)];
}

output::ResultRecord record_of(const ComputedPhoto& photo, const TaskFacts& facts,
                               const ResultContext& context) {
    output::ResultRecord record;
    record.id = facts.id.text();
    record.source = facts.source;
    record.model = context.model;
    record.device = context.device;
    record.precision = context.precision;
    record.front_end = context.front_end;
    record.attempts = static_cast<int>(facts.attempt);
    record.image = photo.image;
    record.faces_found = photo.faces_found;
    return record;
}

}  // namespace

bool needs_photo(const output::OutputOptions& options) {
    return options.preview || options.texture_size > output::fitted_texture_size;
}

Outputs make_outputs(const ComputedPhoto& photo, const TaskFacts& facts, const ResultContext& context) {
    const auto start = std::chrono::steady_clock::now();
    output::ResultRecord record = record_of(photo, facts, context);
    const output::PhotoOfFace pixels{photo.photo ? &*photo.photo : nullptr, photo.frame_width,
                                     photo.frame_height};
    Outputs outputs;
    outputs.faces = static_cast<int>(photo.faces.size());
    try {
        for (std::size_t i = 0; i < photo.faces.size(); ++i) {
            const ComputedFace& face = photo.faces[i];
            for (output::OutputFile& file :
                 output::build_outputs(face.face, face.aligned, pixels, context.mesh, context.options)) {
                outputs.files.push_back({folder_of(i), std::move(file.name), std::move(file.bytes)});
                record.outputs.push_back(entry_of(outputs.files.back()));
            }
            output::FaceRecord of_face = output::make_face_record(
                folder_of(i), face.face, face.aligned, context.mesh.topology, photo.frame_width,
                photo.frame_height, photo.image.width, photo.image.height);
            if (i == 0) {
                record.face = std::move(of_face);
            } else {
                record.further_faces.push_back(std::move(of_face));
            }
        }
    } catch (const output::OutputError& error) {
        throw TaskFailed(ErrorCode::numerical_failure, error.what());
    }
    const std::chrono::duration<double> encoding = std::chrono::steady_clock::now() - start;
    record.stages = {{"decode", seconds_in(facts, Stage::decode)},
                     {"infer", seconds_in(facts, Stage::infer)},
                     {"encode", encoding.count()}};
    outputs.files.push_back({"", "result.json", output::result_json(record)});
    return outputs;
}

}  // namespace hrn::runtime
