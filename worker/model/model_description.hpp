// model.json: what hrn-model synthesise says about the directory that it wrote (docs/model.md). An official
// directory has none.
#pragma once

#include <string_view>

namespace hrn::model {

inline constexpr std::string_view description_name = "model.json";
inline constexpr std::string_view description_format = "hrn-model-1";

}  // namespace hrn::model
