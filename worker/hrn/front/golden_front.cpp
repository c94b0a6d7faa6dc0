// The golden stages that need the model's networks, one function per stage of the manifest.
#include "worker/hrn/front/golden_front.hpp"

#include <functional>
#include <map>
#include <opencv2/imgproc.hpp>
#include <stdexcept>

#include "worker/hrn/front/face_warp.hpp"
#include "worker/hrn/front/golden_values.hpp"
#include "worker/hrn/front/landmarks_106.hpp"
#include "worker/hrn/front/official_steps.hpp"
#include "worker/hrn/image/long_side.hpp"
#include "worker/model/array.hpp"
#include "worker/model/model_directory.hpp"

namespace hrn::front {
namespace {

using golden::given;
using golden::given_here_or;
using golden::value;

struct Request {
    const OfficialNetworks& networks;
    const GoldenValues& inputs;
    Photo photo;  // of the case; empty for the pure stages
};

template <typename Numbers>
GoldenValue column(const Numbers& numbers) {
    return value({static_cast<std::int64_t>(numbers.size())}, numbers);
}

template <typename Value>
const Value& require(const Outcome<Value>& outcome) {
    if (const FaceError* error = error_of(outcome)) {
        throw FaceFailure(*error);
    }
    return std::get<Value>(outcome);
}

GoldenValues retina_stage(const Request& request) {
    const RetinaInput input = retina_input(image::matrix_of(request.photo));
    const NetworkInput picture{input.resized, input.left, input.top};
    const RetinaRaw raw = request.networks.retina({picture}, /*landmarks=*/true).at(0);
    const RetinaFaces faces = retina_faces(raw, input);
    std::vector<int> boxes;
    std::vector<int> landmarks;
    std::vector<double> scores;
    for (const RetinaFace& face : faces.faces) {
        boxes.insert(boxes.end(), face.box.begin(), face.box.end());
        landmarks.insert(landmarks.end(), face.landmarks.begin(), face.landmarks.end());
        scores.push_back(face.score);
    }
    const auto count = static_cast<std::int64_t>(scores.size());
    return {{"resized_u8", value(input.resized)},
            {"input", value({3, retina_side, retina_side}, retina_planes(picture))},
            {"raw_conf", value({retina_rows, 2}, raw.confidences)},
            {"raw_loc", value({retina_rows, 4}, raw.offsets)},
            {"raw_land", value({retina_rows, 10}, raw.landmarks)},
            {"scores", column(faces.scores)},
            {"decoded_boxes", value({retina_rows, 4}, faces.boxes)},
            {"decoded_landmarks", value({retina_rows, 10}, faces.landmarks)},
            {"candidate_priors", column(faces.candidates)},
            {"kept_priors", column(faces.kept)},
            {"final_boxes", value({count, 4}, boxes)},
            {"final_landmarks", value({count, 5, 2}, landmarks)},
            {"final_scores", column(scores)}};
}

GoldenValues landmarks_106_stage(const Request& request) {
    const cv::Mat rgb = image::matrix_of(request.photo);
    const auto pass = [&](const Box& box) {
        const Crop106 crop = crop_106(rgb, box);
        std::vector<float> logits = request.networks.logits_106({{crop.image}}).at(0);
        return std::pair(crop, std::move(logits));
    };
    const auto [crop1, logits1] = pass(golden::box_of(given(request.inputs, "box", 4)));
    const auto out1 = soft_argmax_106(logits1);
    // The second pass starts from the given points, so that the first one's rounding stays out of it.
    const Points106 between = request.inputs.contains("landmarks1")
                                  ? golden::points_106_of(given(request.inputs, "landmarks1", 212))
                                  : points_106(out1, crop1);
    const auto [crop2, logits2] = pass(bounds_of(between));
    const auto out2 = soft_argmax_106(logits2);
    return {{"crop1", value(crop1.image)},
            {"logits1", value({106, 14, 14}, logits1)},
            {"out1", value({106, 2}, out1)},
            {"landmarks1", value(points_106(out1, crop1))},
            {"crop2", value(crop2.image)},
            {"out2", value({106, 2}, out2)},
            {"landmarks2", value(points_106(out2, crop2))}};
}

LandmarkCrop crop_a(const Request& request, std::array<double, 4>* square = nullptr) {
    const auto points = golden::five_points(given_here_or(request.inputs, "five_points", "align_for_lm", 10));
    const auto regressed = regress_square(request.networks.square_regressor(), points);
    if (square != nullptr) {
        *square = regressed;
    }
    return cut_landmark_crop(image::matrix_of(request.photo), regressed);
}

GoldenValues landmark_crop_stage(const Request& request) {
    std::array<double, 4> square{};
    const LandmarkCrop crop = crop_a(request, &square);
    cv::Mat bgr;
    cv::cvtColor(crop.image, bgr, cv::COLOR_RGB2BGR);
    return {{"rect", column(square)},
            {"bbox", column(crop.box)},
            {"scale", column(std::vector<double>{crop.scale})},
            {"crop_bgr", value(bgr)}};
}

GoldenValues square_stage(const Request& request) {
    const auto points = golden::five_points(given(request.inputs, "five_points", 10));
    return {{"rect", column(regress_square(request.networks.square_regressor(), points))}};
}

GoldenValue boxes_value(const std::vector<ScoredBox>& boxes) {
    std::vector<double> numbers;
    for (const ScoredBox& box : boxes) {
        numbers.insert(numbers.end(), box.begin(), box.end());
    }
    return value({static_cast<std::int64_t>(boxes.size()), 5}, numbers);
}

GoldenValues s3fd_stage(const Request& request) {
    const S3fdRaw raw = request.networks.s3fd({{crop_a(request).image}}).at(0);
    const std::vector<ScoredBox> decoded = decode_s3fd(raw);
    GoldenValues values{{"decoded", boxes_value(decoded)}, {"kept", boxes_value(select_s3fd(decoded))}};
    for (std::size_t level = 0; level < raw.size(); ++level) {
        const S3fdLevel& maps = raw[level];
        values["cls" + std::to_string(level)] = value({2, maps.height, maps.width}, maps.classes);
        values["reg" + std::to_string(level)] = value({4, maps.height, maps.width}, maps.offsets);
    }
    return values;
}

GoldenValues fan_stage(const Request& request) {
    const LandmarkCrop source = crop_a(request);
    const FanFrame frame = fan_frame(golden::box_of(given(request.inputs, "box")));
    const cv::Mat crop = fan_crop(source.image, frame);
    const std::vector<float> heat = request.networks.heat_maps({{crop}}).at(0);
    const HeatPoints points = decode_heat_maps(heat, frame);
    return {{"center_scale", column(std::vector<double>{frame.centre_x, frame.centre_y, frame.scale})},
            {"crop", value(crop)},
            {"heatmaps", value({68, heat_side, heat_side}, heat)},
            {"argmax_gap", column(points.gap)},
            {"points64", value({68, 2}, points.cells)},
            {"points", value({68, 2}, points.crop)},
            {"landmarks68",
             value({68, 2}, points_in_photo(points.crop, source.scale, source.box[0], source.box[1]))}};
}

GoldenValue transform_value(const Request& request, const WeakPerspective& fit, const CropFrame& frame) {
    return column(std::vector<double>{double(request.photo.width), double(request.photo.height), frame.scale,
                                      fit.tx, fit.ty});
}

GoldenValues align_stage(const Request& request) {
    const Points68 landmarks = golden::points_68_of(given(request.inputs, "landmarks68", 136));
    const StandardPoints standard = golden::standard_of(given(request.inputs, "lm3d_std", 15));
    const Photo& photo = request.photo;
    const Alignment alignment = align(landmarks, photo.width, photo.height, standard);
    std::vector<double> five;
    for (const auto& point : five_points_up(landmarks, photo.height)) {
        five.insert(five.end(), point.begin(), point.end());
    }
    const WeakPerspective& fit = alignment.fit;
    GoldenValues values{{"points5", value({5, 2}, five)},
                        {"pos_t_s", column(std::vector<double>{fit.tx, fit.ty, fit.scale})}};
    for (const CropFrame* frame : {&alignment.crop_224, &alignment.crop_512}) {
        const std::string size = std::to_string(frame->size);
        values["trans_" + size] = transform_value(request, fit, *frame);
        values["resized_size_" + size] = column(std::vector<std::int64_t>{frame->width, frame->height});
        values["lm_" + size] =
            value({68, 2}, landmarks_in_crop(landmarks, fit, *frame, photo.width, photo.height));
        values["image_" + size] = value({frame->size, frame->size, 3}, cut_crop(photo, *frame));
    }
    return values;
}

GoldenValues fat_face_stage(const Request& request) {
    const Points68 landmarks =
        golden::points_68_of(given_here_or(request.inputs, "landmarks68", "align_img", 136));
    const StandardPoints standard =
        golden::standard_of(given_here_or(request.inputs, "lm3d_std", "align_img", 15));
    const Alignment alignment = align(landmarks, request.photo.width, request.photo.height, standard);
    const std::vector<std::uint8_t> crop = cut_crop(request.photo, alignment.crop_224);

    const auto& numbers = given(request.inputs, "box", 4);
    const std::array<int, 4> box{to_pixel(numbers[0]), to_pixel(numbers[1]), to_pixel(numbers[2]),
                                 to_pixel(numbers[3])};
    const FaceContours contours = contours_of_106(
        golden::box_of(numbers), golden::points_106_of(given(request.inputs, "landmarks106", 212)));
    const ContourMaps maps = contour_maps(contours);
    const double strength = flow_strength(flow_side(box));
    const auto flow = face_flow(box, maps);
    if (!flow) {
        throw std::invalid_argument("the given box leaves no room for a warp");
    }
    const cv::Mat spread = spread_flow(strength);
    // Top, bottom, left and right of the enlarged box in the crop, counted from 1; HRN does not use them.
    const auto [left, top, right, bottom] = enlarged_box(box);
    const auto in_crop = [](int pixel) { return std::max(1, static_cast<int>(pixel / enlargement())); };
    const std::vector<int> bounds{in_crop(top), in_crop(bottom), in_crop(left), in_crop(right)};
    return {{"image_u8", value({224, 224, 3}, crop)},
            {"enlarged", value(enlarge_crop(crop))},
            {"contour_map0", value(maps.outline)},
            {"contour_map_last", value(maps.features)},
            {"spread_arg", column(std::vector<double>{strength})},
            {"spread_flow",
             value({spread.rows, spread.cols, 2},
                   std::vector<float>(spread.ptr<float>(), spread.ptr<float>() + spread.total() * 2))},
            {"flow", value({224, 224, 2}, std::vector<double>(flow->ptr<double>(),
                                                              flow->ptr<double>() + flow->total() * 2))},
            {"bounds", column(bounds)},
            {"warped", value({224, 224, 3}, warp(crop, *flow))}};
}

// From the photo to the texture target with nothing given but the standard points.
GoldenValues chain_stage(const Request& request) {
    const OfficialNetworks& networks = request.networks;
    const cv::Mat rgb = image::matrix_of(request.photo);
    const RetinaInput input = retina_input(rgb);
    Crew crew(0);
    const Tools tools{networks, crew};
    const std::vector<RetinaFace> found = detect(tools, {&input}).at(0);
    if (found.empty()) {
        throw FaceFailure(FaceErrorCode::no_face, "no face was found in the photo");
    }
    const std::array<int, 4>& box = found[0].box;
    const auto wide = [](const std::array<int, 4>& b) {
        return Box{double(b[0]), double(b[1]), double(b[2]), double(b[3])};
    };
    const Points106 points = require(find_106(tools, {{rgb, wide(box)}}).at(0));
    const FivePoints five = five_of_106(points);
    const LandmarkCrop crop = cut_landmark_crop(rgb, regress_square(networks.square_regressor(), five));
    const Points68 landmarks = require(find_68(tools, {{rgb, five}}).at(0));
    const StandardPoints standard =
        golden::standard_of(given_here_or(request.inputs, "lm3d_std", "align_img", 15));
    const Photo& photo = request.photo;
    const Alignment alignment = align(landmarks, photo.width, photo.height, standard);
    const std::vector<std::uint8_t> image_224 = cut_crop(photo, alignment.crop_224);

    GoldenValues values{
        {"box", column(box)},
        {"landmarks106", value(points)},
        {"five_points", value(five)},
        {"bbox", column(crop.box)},
        {"landmarks68", value({68, 2}, landmarks)},
        {"trans_224", transform_value(request, alignment.fit, alignment.crop_224)},
        {"lm_224", value({68, 2}, landmarks_in_crop(landmarks, alignment.fit, alignment.crop_224, photo.width,
                                                    photo.height))},
        {"image_224", value({224, 224, 3}, image_224)},
        {"fat_image", value({224, 224, 3}, make_texture_targets(tools, {&image_224}).at(0).image_224)}};
    cv::Mat swapped;
    cv::cvtColor(enlarge_crop(image_224), swapped, cv::COLOR_RGB2BGR);
    const RetinaInput enlarged = retina_input(swapped);
    const std::vector<RetinaFace> again = detect(tools, {&enlarged}).at(0);
    if (!again.empty()) {
        const std::array<int, 4>& fat_box = again[0].box;
        values["fat_box"] = column(fat_box);
        values["fat_landmarks106"] = value(require(find_106(tools, {{swapped, wide(fat_box)}}).at(0)));
    }
    return values;
}

class FrontStages final : public GoldenStages {
public:
    FrontStages(const model::ModelDirectory& directory, const std::string& device,
                const std::string& precision, const std::filesystem::path& golden_folder)
        : pure_(make_pure_golden_stages(golden_folder)), folders_(golden::photo_folders(golden_folder)) {
        try {
            networks_ = load_official_networks(directory, device, precision);
        } catch (const model::ModelError& error) {
            problem_ = error.what();  // the stages without networks can be checked all the same
        }
    }

    GoldenValue compute(const std::string& stage, const std::string& name, const GoldenValues& inputs,
                        const std::string& notes) override {
        if (pure_->knows(stage)) {
            return pure_->compute(stage, name, inputs, notes);
        }
        GoldenValues values = run(stage, inputs, notes);
        const auto found = values.find(name);
        if (found == values.end()) {
            throw std::invalid_argument("stage " + stage + " has no quantity " + name);
        }
        return std::move(found->second);
    }

    GoldenValues run(const std::string& stage, const GoldenValues& inputs,
                     const std::string& notes) override {
        if (pure_->knows(stage)) {
            return pure_->run(stage, inputs, notes);
        }
        const auto found = stages_.find(stage);
        if (found == stages_.end()) {
            throw std::invalid_argument("there is no stage " + stage);
        }
        if (!networks_) {
            throw model::ModelError(problem_);
        }
        const bool of_a_photo = stage != "bbregression";
        return found->second({*networks_, inputs, of_a_photo ? golden::photo_of(notes, folders_) : Photo{}});
    }

    [[nodiscard]] bool knows(const std::string& stage) const override {
        return pure_->knows(stage) || stages_.contains(stage);
    }

private:
    const std::map<std::string, std::function<GoldenValues(const Request&)>> stages_{
        {"retina", retina_stage},       {"lm106", landmarks_106_stage}, {"align_for_lm", landmark_crop_stage},
        {"bbregression", square_stage}, {"s3fd", s3fd_stage},           {"fan_a", fan_stage},
        {"fan_b", fan_stage},           {"align_img", align_stage},     {"fat_face", fat_face_stage},
        {"chain", chain_stage}};
    std::unique_ptr<GoldenStages> pure_;
    std::vector<std::filesystem::path> folders_;
    std::unique_ptr<OfficialNetworks> networks_;
    std::string problem_;
};

}  // namespace

std::unique_ptr<GoldenStages> make_golden_stages(const model::ModelDirectory& directory,
                                                 const std::string& device, const std::string& precision,
                                                 const std::filesystem::path& golden_folder) {
    return std::make_unique<FrontStages>(directory, device, precision, golden_folder);
}

}  // namespace hrn::front
