// The bounds of a whole run at less than fp32 (core.md 14): no further from the golden numbers than the
// official code is from itself. They are about two quantities, named here and nowhere else.
#pragma once

#include "worker/model/tool/golden_run.hpp"

namespace hrn::model::tool {

// Judges a chain row that has been compared without a tolerance; one that has no bound stays not judged.
void apply_reduced_bounds(Row& row);

}  // namespace hrn::model::tool
