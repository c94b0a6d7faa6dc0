// `hrn-model describe DIR`: what is in a model directory and what it is good for, as a table or as JSON.
//
// Pure functions over what was found; one thread.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "worker/model/model_directory.hpp"

namespace hrn::model::tool {

// Keys: directory, id, profile, seed (or null), coefficients, front_end, mask, complete, problems [text],
// files [{name, purpose, present, bytes}], networks [{file, name, parameters, bytes, fits, problem}].
[[nodiscard]] nlohmann::ordered_json describe(const ModelDirectory& directory);
// The same for people, at most 100 columns.
[[nodiscard]] std::string describe_text(const nlohmann::ordered_json& description);

}  // namespace hrn::model::tool
