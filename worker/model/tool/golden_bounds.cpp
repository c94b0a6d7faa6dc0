#include "worker/model/tool/golden_bounds.hpp"

#include <array>
#include <optional>
#include <string_view>

namespace hrn::model::tool {
namespace {

struct Bound {
    std::string_view stage, name;
    double mean_abs;
    std::optional<double> max_abs;
};
constexpr std::array kBounds{
    Bound{"core", "mesh_vertices", 1.5e-4, 2e-3},          // decimetres
    Bound{"core", "texture_final", 1.5e-3, std::nullopt},  // 1.0 = white
};

}  // namespace

void apply_reduced_bounds(Row& row) {
    for (const auto& bound : kBounds) {
        if (row.verdict != Verdict::not_judged || row.stage != bound.stage || row.name != bound.name) {
            continue;
        }
        Tolerance tolerance;
        tolerance.mean_abs = bound.mean_abs;
        tolerance.abs = bound.max_abs;
        row.tolerance = tolerance;
        row.comparison.ok = row.comparison.mean_abs <= bound.mean_abs &&
                            (!bound.max_abs || row.comparison.max_abs <= *bound.max_abs);
        row.verdict = row.comparison.ok ? Verdict::ok : Verdict::failed;
    }
}

}  // namespace hrn::model::tool
