#include "worker/hrn/core/golden_quantities.hpp"

#include <algorithm>
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

std::vector<Vec3> GoldenQuantities::to_points_of(const Map& map) {
    return to_points(map);
}

Coefficients GoldenQuantities::coefficients() {
    Coefficients out{};
    const Map& numbers = map("coeffs");
    std::copy(numbers.values.begin(), numbers.values.end(), out.begin());
    return out;
}

Pose GoldenQuantities::pose() {
    return pose_of(coefficients());
}

Map GoldenQuantities::image(const std::string& name) {
    const auto given = given_->find(name);
    if (given == given_->end()) {
        throw std::invalid_argument("the input " + name + " is missing");
    }
    Map map = from_golden(given->second, GoldenLayout::image, name);
    for (float& value : map.values) {
        value = static_cast<float>(static_cast<double>(value) / 255.0);
    }
    return map;
}

const View& GoldenQuantities::final_view() {
    if (!view_) {
        view_ = std::make_unique<View>(view(model(), points("pred_vertex_camera"), team()));
    }
    return *view_;
}

Map GoldenQuantities::seen(const Map& texture) {
    return render(final_view().pixels, texture);
}

void GoldenQuantities::run_fit() {
    TextureFit fit(final_view().pixels, map("high_color_map"), image("input_image_for_tex_224"), team());
    Map losses(fit_steps, 1, 1);
    for (int step = 1; step <= fit_steps; ++step) {
        fit.step();
        losses.values[static_cast<std::size_t>(step) - 1] = static_cast<float>(fit.photo_loss());
        if (step == 1 || step == 10 || step == 100) {
            known_.try_emplace("texture_offset_after_" + std::to_string(step), fit.offset());
        }
    }
    known_.try_emplace("fit_color_loss", std::move(losses));
    known_.try_emplace("texture_final", fit.texture());
}

}  // namespace hrn::core
