// The golden stages that need no model: pure functions of front.md on given inputs.
#include <functional>
#include <map>
#include <opencv2/imgproc.hpp>
#include <regex>
#include <stdexcept>

#include "worker/hrn/front/alignment.hpp"
#include "worker/hrn/front/face_warp.hpp"
#include "worker/hrn/front/golden_front.hpp"
#include "worker/hrn/front/golden_values.hpp"
#include "worker/hrn/front/landmarks_106.hpp"
#include "worker/hrn/front/landmarks_68.hpp"
#include "worker/hrn/front/non_maximum.hpp"
#include "worker/hrn/front/retina_boxes.hpp"
#include "worker/hrn/image/long_side.hpp"
#include "worker/hrn/image/pil_bicubic.hpp"
#include "worker/model/synthetic_numbers.hpp"

namespace hrn::front {
namespace {

using golden::given;
using golden::value;

struct Request {
    const GoldenValues& inputs;
    const std::string& notes;
    const std::vector<std::filesystem::path>& folders;
};

std::int64_t rows_of(const std::vector<double>& numbers, std::size_t columns) {
    return static_cast<std::int64_t>(numbers.size() / columns);
}

GoldenValues decode_stage(const Request& request) {
    const auto& loc = given(request.inputs, "loc");
    const auto priors = golden::floats(given(request.inputs, "priors", loc.size()));
    const auto& landmarks = given(request.inputs, "land", loc.size() / 4 * 10);
    return {{"boxes", value({rows_of(loc, 4), 4}, decode_boxes(golden::floats(loc), priors))},
            {"landmarks", value({rows_of(loc, 4), 10}, decode_landmarks(golden::floats(landmarks), priors))}};
}

GoldenValues nms_stage(const Request& request) {
    const auto& boxes = given(request.inputs, "boxes");
    const auto& scores = given(request.inputs, "scores", boxes.size() / 4);
    const auto first = suppress_torchvision(golden::floats(boxes), golden::floats(scores), 0.4);
    const auto second = suppress_s3fd(boxes, scores, 0.3);
    return {{"keep_0.4", value({static_cast<std::int64_t>(first.size())}, first)},
            {"keep_s3fd_0.3", value({static_cast<std::int64_t>(second.size())}, second)}};
}

GoldenValues enlarged_box_stage(const Request& request) {
    const auto& boxes = given(request.inputs, "boxes");
    std::vector<int> out;
    for (std::size_t i = 0; i + 3 < boxes.size(); i += 4) {
        const auto enlarged = enlarged_box(
            {to_pixel(boxes[i]), to_pixel(boxes[i + 1]), to_pixel(boxes[i + 2]), to_pixel(boxes[i + 3])});
        out.insert(out.end(), enlarged.begin(), enlarged.end());
    }
    return {{"out", value({rows_of(boxes, 4), 4}, out)}};
}

GoldenValues longest_side_stage(const Request& request) {
    const auto& sizes = given(request.inputs, "hw");
    std::vector<int> out;
    for (std::size_t i = 0; i + 1 < sizes.size(); i += 2) {
        const auto size = retina_size(to_pixel(sizes[i]), to_pixel(sizes[i + 1]));
        out.insert(out.end(), size.begin(), size.end());
    }
    return {{"out", value({rows_of(sizes, 2), 2}, out)}};
}

GoldenValues pos_stage(const Request& request) {
    const WeakPerspective fit = fit_weak_perspective(golden::five_points(given(request.inputs, "points", 10)),
                                                     golden::standard_of(given(request.inputs, "lm3d", 15)));
    return {{"t_s", value({3}, std::vector<double>{fit.tx, fit.ty, fit.scale})}};
}

GoldenValues soft_argmax_stage(const Request& request) {
    const auto logits = model::synthetic_tensor("golden", "softargmax", std::int64_t{106} * 14 * 14, -4, 4,
                                                golden::seed_of(request.notes));
    return {{"out", value({106, 2}, soft_argmax_106(logits))}};
}

GoldenValues fan_decode_stage(const Request& request) {
    constexpr std::size_t side = heat_side;
    constexpr std::size_t cells = side * side;
    auto heat = model::synthetic_tensor("golden", "heatmaps", std::int64_t{68} * cells, 0, 1,
                                        golden::seed_of(request.notes));
    // Four maps that decide the edge cases: both corners, all equal, and a peak with unequal neighbours.
    std::fill_n(heat.begin(), 2 * cells, 0.0F);
    heat[0] = 1;
    heat[cells + cells - 1] = 1;
    std::fill_n(heat.begin() + 2 * cells, cells, 0.5F);
    std::fill_n(heat.begin() + 3 * cells, cells, 0.0F);
    float* peaked = heat.data() + 3 * cells;
    peaked[10 * side + 20] = 1;
    peaked[10 * side + 19] = 0.25F;
    peaked[10 * side + 21] = 0.25F;
    peaked[11 * side + 20] = 0.5F;
    const auto& frame = given(request.inputs, "center_scale", 3);
    const HeatPoints points = decode_heat_maps(heat, {frame[0], frame[1], frame[2]});
    return {{"points", value({68, 2}, points.crop)}, {"points64", value({68, 2}, points.cells)}};
}

GoldenValues limit_stage(const Request& request) {
    cv::Mat bgr;
    const Photo photo = golden::noted_photo(request.notes, 2100, 1301, 7);
    cv::cvtColor(image::matrix_of(photo), bgr, cv::COLOR_RGB2BGR);
    const image::LongSide resized = image::resize_long_side(bgr, image::long_side_shrunken);
    return {{"bgr_1500", value(resized.image)}, {"scale", value({1}, std::vector<double>{resized.scale})}};
}

// --- stages whose names say what is wanted -----------------------------------------------------------

// The numbers in a name such as "29x17" or "p512"; std::invalid_argument if there are not 1 or 2.
std::vector<int> numbers_in(const std::string& name) {
    static const std::regex pattern(R"(p?(\d{1,5})(?:x(\d{1,5}))?)");
    std::smatch match;
    if (!std::regex_match(name, match, pattern)) {
        throw std::invalid_argument("the name " + name + " says no size");
    }
    std::vector<int> numbers{std::stoi(match[1])};
    if (match[2].matched) {
        numbers.push_back(std::stoi(match[2]));
    }
    return numbers;
}

GoldenValue priors_named(const Request&, const std::string& name) {
    const std::vector<int> size = numbers_in(name);  // height, width
    const std::vector<float> priors = retina_priors(size.front(), size.back());
    return value({static_cast<std::int64_t>(priors.size() / 4), 4}, priors);
}

GoldenValue bicubic_named(const Request& request, const std::string& name) {
    const std::vector<int> size = numbers_in(name);  // width, height
    Photo photo = golden::noted_photo(request.notes, 61, 83, 3);
    const auto fill = [&](int top, int bottom, int left, int right, std::uint8_t colour) {
        for (int row = top; row < std::min(bottom, photo.height); ++row) {
            for (int i = 3 * left; i < 3 * std::min(right, photo.width); ++i) {
                photo.rgb[std::size_t{3} * photo.width * row + i] = colour;
            }
        }
    };
    fill(10, 20, 30, 50, 255);
    fill(40, 44, 0, photo.width, 0);
    const int width = size.front();
    const int height = size.back();
    return value({height, width, 3}, image::pil_bicubic(photo.rgb, photo.width, photo.height, width, height,
                                                        {0, 0, width, height}));
}

// "decode_420_jpg" is the file decode_420.jpg.
GoldenValue decoded_file_named(const Request& request, const std::string& name) {
    std::string file = name;
    const std::size_t last = file.rfind('_');
    if (last != std::string::npos) {
        file[last] = '.';
    }
    return value(golden::photo_file(file, request.folders));
}

class PureStages final : public GoldenStages {
public:
    explicit PureStages(const std::filesystem::path& golden_folder)
        : folders_(golden::photo_folders(golden_folder)) {}

    GoldenValue compute(const std::string& stage, const std::string& name, const GoldenValues& inputs,
                        const std::string& notes) override {
        const Request request{inputs, notes, folders_};
        if (const auto by_name = by_name_.find(stage); by_name != by_name_.end()) {
            return by_name->second(request, name);
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
        if (by_name_.contains(stage)) {
            return {};  // only the manifest knows the names
        }
        const auto found = whole_.find(stage);
        if (found == whole_.end()) {
            throw std::invalid_argument("there is no stage " + stage);
        }
        return found->second({inputs, notes, folders_});
    }

    [[nodiscard]] bool knows(const std::string& stage) const override {
        return whole_.contains(stage) || by_name_.contains(stage);
    }

private:
    const std::map<std::string, std::function<GoldenValues(const Request&)>> whole_{
        {"decode", decode_stage},
        {"nms", nms_stage},
        {"enlarged_bbox", enlarged_box_stage},
        {"longest_side", longest_side_stage},
        {"pos", pos_stage},
        {"softargmax", soft_argmax_stage},
        {"fan_decode", fan_decode_stage},
        {"limit", limit_stage}};
    const std::map<std::string, std::function<GoldenValue(const Request&, const std::string&)>> by_name_{
        {"priors", priors_named}, {"pil_bicubic", bicubic_named}, {"decode_file", decoded_file_named}};
    std::vector<std::filesystem::path> folders_;
};

}  // namespace

std::unique_ptr<GoldenStages> make_pure_golden_stages(const std::filesystem::path& golden_folder) {
    return std::make_unique<PureStages>(golden_folder);
}

}  // namespace hrn::front
