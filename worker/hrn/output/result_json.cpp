#include <nlohmann/json.hpp>
#include <span>
#include <stdexcept>

#include "worker/hrn/output/base64.hpp"
#include "worker/hrn/output/result_record.hpp"

namespace hrn::output {

namespace {

// Keys in the order in which a person reads them; float32 numbers, which are written with the few digits that
// they need.
using Json = nlohmann::basic_json<nlohmann::ordered_map, std::vector, std::string, bool, std::int64_t,
                                  std::uint64_t, float>;

// The groups of the 257 coefficients in order (core.md 4), by the names of the official code.
struct Group {
    const char* name;
    std::size_t count;
};
constexpr std::array<Group, 6> groups{
    {{"id", 80}, {"exp", 64}, {"tex", 80}, {"angle", 3}, {"gamma", 27}, {"trans", 3}}};
constexpr std::size_t first_angle = 224, first_translation = 254;

Json coefficients_json(const std::array<float, 257>& coefficients) {
    Json result = Json::object();
    std::size_t begin = 0;
    for (const Group& group : groups) {
        const auto part = std::span(coefficients).subspan(begin, group.count);
        result[group.name] = Json(std::vector<float>(part.begin(), part.end()));
        begin += group.count;
    }
    return result;
}

Json landmarks_json(const std::vector<float>& landmarks) {
    Json result = Json::array();
    for (std::size_t i = 0; i + 1 < landmarks.size(); i += 2) {
        result.push_back(Json::array({landmarks[i], landmarks[i + 1]}));
    }
    return result;
}

Json camera_json(const FaceRecord& face) {
    const std::array<float, 3> angles{face.coefficients[first_angle], face.coefficients[first_angle + 1],
                                      face.coefficients[first_angle + 2]};
    const auto r = rotation_matrix({angles[0], angles[1], angles[2]});
    Json rotation = Json::array();
    for (std::size_t row = 0; row < 3; ++row) {
        rotation.push_back(Json::array({static_cast<float>(r[3 * row]), static_cast<float>(r[3 * row + 1]),
                                        static_cast<float>(r[3 * row + 2])}));
    }
    const CropToPhoto& map = face.crop_to_photo;
    const auto f = [](double x) { return static_cast<float>(x); };
    return {{"focal", camera_focal},
            {"centre", Json::array({camera_centre, camera_centre})},
            {"image_size", Json::array({224, 224})},
            {"position", Json::array({0, 0, camera_distance})},
            {"pose",
             {{"angles", angles},
              {"rotation", std::move(rotation)},
              {"translation",
               Json::array({face.coefficients[first_translation], face.coefficients[first_translation + 1],
                            face.coefficients[first_translation + 2]})}}},
            {"crop_to_photo",
             {{"scale", Json::array({f(map.scale_x), f(map.scale_y)})},
              {"offset", Json::array({f(map.offset_x), f(map.offset_y)})}}}};
}

Json quality_json(const Quality& quality) {
    return {{"detector_score", quality.detector_score},
            {"landmark_error", quality.landmark_error},
            {"yaw", quality.yaw_degrees},
            {"visible_texture", quality.visible_texture},
            {"suspect", quality.suspect()},
            {"suspicions", quality.suspicions}};
}

// All keys of a face with their values; without a face each value is null, so that the keys are always there.
std::vector<std::pair<std::string, Json>> face_members(const FaceRecord* face) {
    if (face == nullptr) {
        std::vector<std::pair<std::string, Json>> empty;
        for (const char* key : {"face_box", "landmarks", "coefficients", "coefficients_from", "mask",
                                "texture_target_warped", "camera", "quality"}) {
            empty.emplace_back(key, nullptr);
        }
        return empty;
    }
    return {{"face_box", face->box},
            {"landmarks", landmarks_json(face->landmarks)},
            {"coefficients", coefficients_json(face->coefficients)},
            {"coefficients_from", face->coefficients_from},
            {"mask", face->mask},
            {"texture_target_warped", face->texture_target_warped},
            {"camera", camera_json(*face)},
            {"quality", quality_json(face->quality)}};
}

Json further_face_json(const FaceRecord& face) {
    Json result = {{"folder", face.folder}};
    for (auto& [key, value] : face_members(&face)) {
        result[key] = std::move(value);
    }
    return result;
}

Json outputs_json(const std::vector<OutputEntry>& outputs) {
    Json result = Json::array();
    for (const OutputEntry& entry : outputs) {
        result.push_back({{"name", entry.name}, {"bytes", entry.bytes}, {"sha256", entry.sha256}});
    }
    return result;
}

const char* mask_name(MaskSource source) {
    switch (source) {
        case MaskSource::segmentation:
            return "segmentation";
        case MaskSource::hull:
            return "hull";
        case MaskSource::none:
            return "none";
    }
    throw std::invalid_argument("result: unknown mask source");
}

// A pixel of the frame in the photo of which it is a smaller copy; pixel centres are whole numbers.
float to_original(float pixel, int frame_size, int photo_size) {
    return static_cast<float>((double{pixel} + 0.5) * photo_size / frame_size - 0.5);
}

}  // namespace

FaceRecord make_face_record(std::string folder, const Reconstruction& face, const AlignedFace& aligned,
                            const Topology& topology, int frame_width, int frame_height, int photo_width,
                            int photo_height) {
    FaceRecord record;
    record.folder = std::move(folder);
    record.crop_to_photo = crop_to_photo(aligned, frame_width, frame_height, photo_width, photo_height);
    const auto original_x = [&](float x) { return to_original(x, frame_width, photo_width); };
    const auto original_y = [&](float y) { return to_original(y, frame_height, photo_height); };
    record.box = {original_x(aligned.box[0]), original_y(aligned.box[1]), original_x(aligned.box[2]),
                  original_y(aligned.box[3])};
    record.landmarks.reserve(aligned.landmarks_photo.size());
    for (std::size_t i = 0; i + 1 < aligned.landmarks_photo.size(); i += 2) {
        record.landmarks.push_back(original_x(aligned.landmarks_photo[i]));
        record.landmarks.push_back(original_y(aligned.landmarks_photo[i + 1]));
    }
    record.coefficients = face.coefficients;
    record.coefficients_from = face.coefficients_from;
    record.mask = mask_name(aligned.mask);
    record.texture_target_warped = aligned.warped;
    record.quality = judge(face, aligned, topology);
    return record;
}

std::string result_json(const ResultRecord& record) {
    std::vector<std::pair<std::string, Json>> members{{"schema", result_schema},
                                                      {"id", record.id},
                                                      {"source", record.source},
                                                      {"source_bytes", base64(record.source)},
                                                      {"model", record.model},
                                                      {"device", record.device},
                                                      {"precision", record.precision},
                                                      {"front_end", record.front_end},
                                                      {"attempts", record.attempts},
                                                      {"image",
                                                       {{"format", record.image.format},
                                                        {"width", record.image.width},
                                                        {"height", record.image.height},
                                                        {"bytes", record.image.bytes}}},
                                                      {"faces_found", record.faces_found}};
    for (auto& member : face_members(record.face ? &*record.face : nullptr)) {
        members.push_back(std::move(member));
    }
    Json faces = Json::array();
    for (const FaceRecord& face : record.further_faces) {
        faces.push_back(further_face_json(face));
    }
    members.emplace_back("faces", std::move(faces));
    Json stages = Json::object();
    for (const auto& [name, seconds] : record.stages) {
        stages[name] = seconds;
    }
    members.emplace_back("stages", std::move(stages));
    members.emplace_back("outputs", outputs_json(record.outputs));

    // One line per key: 257 coefficients on as many lines would hide the rest.
    std::string text = "{\n";
    for (std::size_t i = 0; i < members.size(); ++i) {
        text += "  \"" + members[i].first + "\": ";
        text += members[i].second.dump(-1, ' ', false, Json::error_handler_t::replace);
        text += i + 1 < members.size() ? ",\n" : "\n";
    }
    return text + "}\n";
}

}  // namespace hrn::output
