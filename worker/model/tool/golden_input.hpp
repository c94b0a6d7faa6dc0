// The inputs that a manifest describes instead of storing them:
//
//     synth.tensor('FILE', 'NAME', (1, 3, 64, 64), -1.0, 1.0)      optionally a sixth argument, the seed
//
// Pure function, any thread. ModelError when the text is anything else.
#pragma once

#include <string>

#include "worker/hrn/golden.hpp"

namespace hrn::model::tool {

[[nodiscard]] GoldenValue make_input(const std::string& text);

}  // namespace hrn::model::tool
