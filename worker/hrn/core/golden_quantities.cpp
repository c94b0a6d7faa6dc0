#include "worker/hrn/core/golden_quantities.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <memory>
#include <stdexcept>
#include <utility>

#include "worker/hrn/core/golden_table.hpp"
#include "worker/hrn/core/golden_values.hpp"
#include "worker/hrn/core/texture_fit.hpp"

namespace hrn::core {
namespace {

const GoldenRow& row_of(const std::string& name) {
    const auto found = golden_table().find(name);
    if (found == golden_table().end()) {
        throw std::invalid_argument("the core computes no quantity named " + name);
    }
    return found->second;
}

// (1, 257) has neither of the layouts' dimensions: it is read and written as one row.
GoldenValue as_rows(const GoldenValue& value) {
    return {{1, 1, static_cast<std::int64_t>(value.numbers.size())}, value.numbers};
}

}  // namespace

GoldenQuantities::GoldenQuantities(const GoldenTools& tools, const GoldenValues& given)
    : tools_(tools), given_(&given) {}

std::vector<std::string> GoldenQuantities::names() {
    std::vector<std::string> out;
    for (const auto& [name, row] : golden_table()) {
        out.push_back(name);
    }
    return out;
}

GoldenValue GoldenQuantities::value(const std::string& name) {
    const GoldenRow& row = row_of(name);
    GoldenValue out = to_golden(map(name), row.layout);
    if (name == "coeffs") {
        out.shape = {1, static_cast<std::int64_t>(coefficient_count)};
    }
    return out;
}

const Map& GoldenQuantities::map(const std::string& name) {
    if (const auto known = known_.find(name); known != known_.end()) {
        return known->second;
    }
    const GoldenRow& row = row_of(name);
    const auto given = given_->find(name);
    if (given == given_->end()) {
        Map computed = row.compute(*this);
        // The fit leaves several quantities at once, this one among them.
        return known_.try_emplace(name, std::move(computed)).first->second;
    }
    Map map = from_golden(name == "coeffs" ? as_rows(given->second) : given->second, row.layout, name);
    const auto vertices = static_cast<int>(model().vertex_count());
    const int height = row.extent.height == 0 ? vertices : row.extent.height;
    if (map.height != height || map.width != row.extent.width || map.channels != row.extent.channels) {
        throw std::invalid_argument("the array " + name + " has not the size that it has in this model");
    }
    return known_.emplace(name, std::move(map)).first->second;
}

Points GoldenQuantities::to_points_of(const Map& map) {
    return to_points(map);
}

Coefficients GoldenQuantities::coefficients() {
    Coefficients out{};
    const Map& numbers = map("coeffs");
    std::copy(numbers.values.begin(), numbers.values.end(), out.begin());
    return out;
}

Pose GoldenQuantities::pose() {
    return operations().pose(coefficients());
}

ByteImage GoldenQuantities::image(const std::string& name) {
    const auto given = given_->find(name);
    if (given == given_->end()) {
        throw std::invalid_argument("the input " + name + " is missing");
    }
    const Map map = from_golden(given->second, GoldenLayout::image, name);
    if (map.height != map.width) {
        throw std::invalid_argument("the input " + name + " is not square");
    }
    ByteImage image{map.height, map.channels, {}};
    image.bytes.reserve(map.values.size());
    for (const float value : map.values) {
        if (!(value >= 0 && value <= 255) || value != std::floor(value)) {
            throw std::invalid_argument("the input " + name + " does not hold bytes");
        }
        image.bytes.push_back(static_cast<std::uint8_t>(value));
    }
    return image;
}

const View& GoldenQuantities::final_view() {
    if (!view_) {
        view_ = std::make_unique<View>(operations().view(points("pred_vertex_camera")));
    }
    return *view_;
}

void GoldenQuantities::run_fit() {
    FitTrace trace = operations().fit(final_view(), map("high_color_map"), image("input_image_for_tex_224"));
    Map losses(fit_steps, 1, 1);
    std::transform(trace.loss.begin(), trace.loss.end(), losses.values.begin(),
                   [](double loss) { return static_cast<float>(loss); });
    known_.try_emplace("fit_color_loss", std::move(losses));
    known_.try_emplace("texture_offset_after_1", std::move(trace.after_1));
    known_.try_emplace("texture_offset_after_10", std::move(trace.after_10));
    known_.try_emplace("texture_offset_after_100", std::move(trace.after_100));
    known_.try_emplace("texture_final", std::move(trace.texture));
}

}  // namespace hrn::core
