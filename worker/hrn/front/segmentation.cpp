#include "worker/hrn/front/segmentation.hpp"

#include <algorithm>
#include <cmath>

#include "worker/hrn/front/face_mask.hpp"

namespace hrn::front {
namespace {

constexpr int side = 224;

// The mask's node by its known names, else the graph's only output.
std::string output_of(const cv::dnn::Net& net) {
    const std::vector<std::string> names = net.getLayerNames();
    for (const char* known : {"output_alpha", "output_alpha_face"}) {
        if (std::find(names.begin(), names.end(), known) != names.end()) {
            return known;
        }
    }
    const std::vector<std::string> ends = net.getUnconnectedOutLayersNames();
    return ends.size() == 1 ? ends.front() : std::string();
}

std::string first_line(const std::string& text) {
    return text.substr(0, text.find('\n'));
}

}  // namespace

Segmentation::Segmentation(cv::dnn::Net net, std::string output)
    : net_(std::move(net)), output_(std::move(output)) {}

std::unique_ptr<Segmentation> Segmentation::load(const std::filesystem::path& file, std::string& problem) {
    const auto fail = [&](const std::string& why) {
        problem = file.string() + ": " + why + "; the mask is the hull of the landmarks instead";
        return std::unique_ptr<Segmentation>();
    };
    try {
        cv::dnn::Net net = cv::dnn::readNetFromTensorflow(file.string());
        const std::string output = output_of(net);
        if (output.empty()) {
            return fail("the graph has no output_alpha and more than one output");
        }
        std::unique_ptr<Segmentation> segmentation(new Segmentation(std::move(net), output));
        if (!segmentation->mask(std::vector<std::uint8_t>(std::size_t{3} * side * side))) {
            return fail("OpenCV cannot run the graph, or its output is no 224 x 224 picture");
        }
        return segmentation;
    } catch (const cv::Exception& error) {
        return fail("OpenCV cannot read the graph (" + first_line(error.err) + ")");
    }
}

std::optional<std::vector<std::uint8_t>> Segmentation::mask(const std::vector<std::uint8_t>& image_224) {
    // OpenCV has no read-only matrix; blobFromImage only reads it.
    const cv::Mat rgb(side, side, CV_8UC3, const_cast<std::uint8_t*>(image_224.data()));
    cv::Mat alpha;
    try {
        const std::scoped_lock lock(mutex_);
        net_.setInput(cv::dnn::blobFromImage(rgb));  // float32, 1 x 3 x 224 x 224, no scaling, as officially
        alpha = net_.forward(output_).clone();
    } catch (const cv::Exception&) {
        return std::nullopt;
    }
    if (alpha.total() != std::size_t{side} * side || alpha.type() != CV_32F) {
        return std::nullopt;
    }
    std::vector<std::uint8_t> result(alpha.total());
    const auto* values = alpha.ptr<float>();
    for (std::size_t i = 0; i < result.size(); ++i) {
        const float value = std::isnan(values[i]) ? 0.0F : values[i];
        result[i] = static_cast<std::uint8_t>(std::lround(std::clamp(value, 0.0F, 255.0F)));
    }
    return result;
}

void set_mask(AlignedFace& face, Segmentation* segmentation) {
    if (segmentation != nullptr) {
        if (auto mask = segmentation->mask(face.image_224)) {
            face.mask_224 = std::move(*mask);
            face.mask = MaskSource::segmentation;
            return;
        }
    }
    face.mask_224 = hull_mask(face.landmarks_224);
    face.mask = MaskSource::hull;
}

}  // namespace hrn::front
