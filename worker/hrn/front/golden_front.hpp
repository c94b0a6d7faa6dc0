// Every quantity of the front half that a golden folder can ask for (front.md), for hrn-model verify and
// tests.
//
// Owned by the checker, one thread. The networks are loaded at construction if the model has them
// (model::ModelError otherwise comes out of the stages that need them, as one failed row each).
// Photos named in a case's notes are looked for by base name in the golden folder, in the folders above it
// and their `photos`, and in ./tests/data.
#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "worker/hrn/golden.hpp"

namespace hrn::model {
class ModelDirectory;
}

namespace hrn::front {

// device, precision: as networks::parse_placement() takes them.
[[nodiscard]] std::unique_ptr<GoldenStages> make_golden_stages(const model::ModelDirectory& directory,
                                                               const std::string& device,
                                                               const std::string& precision,
                                                               const std::filesystem::path& golden_folder);

// The stages that need no model: pure functions on given inputs, and the steps between the networks.
[[nodiscard]] std::unique_ptr<GoldenStages> make_pure_golden_stages(
    const std::filesystem::path& golden_folder);

}  // namespace hrn::front
