#include "shared/stage.hpp"

#include <array>
#include <cstddef>

namespace hrn {
namespace {

struct StageRow {
    std::string_view name, in, waiting;
};
constexpr std::array<StageRow, kStageCount> kStages = {{
    {"none", "not begun", "not begun"},
    {"decode", "in decode", "waiting for decode"},
    {"infer", "in infer", "waiting for infer"},
    {"write", "in write", "waiting for write"},
    {"load", "in load", "waiting for load"},
}};
static_assert(static_cast<int>(Stage::load) == kStageCount - 1);

const StageRow& row_of(Stage stage) {
    const auto index = static_cast<std::size_t>(stage);
    return kStages[index < kStages.size() ? index : 0];
}

}  // namespace

std::string_view stage_name(Stage stage) {
    return row_of(stage).name;
}

std::string_view presence_text(Stage stage, Presence presence) {
    return presence == Presence::in ? row_of(stage).in : row_of(stage).waiting;
}

}  // namespace hrn
