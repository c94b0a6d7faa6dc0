// Runs the cases of a golden folder through whoever computes their stages, and judges every wanted array.
// Policy (what is run, what is judged at which precision) is here; the numbers are compared in
// golden_compare.hpp and computed behind worker/hrn/golden.hpp.
//
// One thread. Nothing that a stage or a golden file does wrong is an exception: it is the row's problem.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "worker/hrn/golden.hpp"
#include "worker/model/tool/golden_compare.hpp"
#include "worker/model/tool/golden_manifest.hpp"

namespace hrn::model::tool {

// Somebody who computes stages, or the reason why he could not be made.
struct Provider {
    std::string name;
    std::unique_ptr<GoldenStages> stages;
    std::string problem;
};

enum class Verdict : std::uint8_t { ok, failed, not_judged };

struct Row {
    std::string of_case, stage, name;
    bool chain = false;  // computed by a run of the whole stage, else alone from its own inputs
    std::vector<std::int64_t> shape;
    Comparison comparison;
    std::optional<Tolerance> tolerance;
    Verdict verdict = Verdict::failed;
};

struct SkippedCase {
    std::string name;
    std::string reason;
};

struct GoldenReport {
    std::vector<std::string> cases;  // that were run
    std::vector<SkippedCase> skipped;
    std::vector<Row> rows;

    // Something was computed and every bound that applies is met.
    [[nodiscard]] bool ok() const;
    [[nodiscard]] std::size_t count(Verdict verdict) const;
};

struct RunOptions {
    std::optional<std::uint64_t> seed;  // of the model; none: no case belongs to it
    std::string why_no_seed;            // said of every case then
    // fp32: the manifest's tolerances. Less: only the whole run's mesh and texture are judged, by the
    // distance that the official code keeps from itself at such precisions (core.md 14). Everything else has
    // no bound then: it is computed and shown, not judged; only a stage that cannot compute at all fails.
    bool reduced_precision = false;
};

[[nodiscard]] GoldenReport run_golden(const Manifest& manifest, const std::vector<Provider>& providers,
                                      const RunOptions& options);

}  // namespace hrn::model::tool
