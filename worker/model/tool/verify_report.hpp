// What `hrn-model verify` prints: a table for people, one JSON document for scripts.
//
// Pure functions, any thread.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "worker/model/fit_result.hpp"
#include "worker/model/tool/golden_run.hpp"

namespace hrn::model::tool {

struct VerifyFacts {
    std::string directory, model, golden, device, precision;
};

// Keys: directory, model, ok, files [{file, what, present, needed, fits, problem}].
[[nodiscard]] nlohmann::ordered_json fit_json(const VerifyFacts& facts,
                                              const std::vector<FitResult>& results);
[[nodiscard]] std::string fit_text(const VerifyFacts& facts, const std::vector<FitResult>& results);
// Every needed file is there and everything that is there fits.
[[nodiscard]] bool fits(const std::vector<FitResult>& results);

// Keys: directory, model, golden, device, precision, ok, cases [text], skipped [{case, reason}], rows
// [{case, stage, name, mode, shape, max_abs, mean_abs, p999_abs, tolerance, ok, problem}]; mode is "alone"
// or "chain", ok is null where nothing was judged, the numbers are null where nothing was compared.
[[nodiscard]] nlohmann::ordered_json golden_json(const VerifyFacts& facts, const GoldenReport& report);
[[nodiscard]] std::string golden_text(const VerifyFacts& facts, const GoldenReport& report);

}  // namespace hrn::model::tool
