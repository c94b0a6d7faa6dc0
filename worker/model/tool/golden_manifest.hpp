// A golden folder's manifest.json, format "hrn-golden-1" (docs/model.md): which numbers of which stage are
// given, which are wanted, and how near they must be. Nothing but the manifest says what a folder holds.
//
// Plain values, any thread. Throws ModelError naming the file and the entry when the manifest is not of
// this form. Unknown keys are ignored.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace hrn::model::tool {

struct Tolerance {
    // Elementwise: |got - want| <= abs + rel * |want|; 0 and 0: equal.
    std::optional<double> abs, rel;
    // Distribution: mean and 99.9 % quantile of |got - want|; single elements may be far off.
    std::optional<double> mean_abs, p999_abs;
};

struct GoldenArray {
    std::string key;   // "CASE.STAGE.NAME"
    std::string file;  // below the folder
    std::string of_case, stage, name;
    std::string dtype;  // NumPy's name
    std::vector<std::int64_t> full_shape;
    bool given = false;
    std::vector<std::int64_t> stride;         // one per axis; all 1: the file holds the whole
    std::optional<std::int64_t> flat_stride;  // instead: every n-th element of the flat array
    std::optional<Tolerance> tolerance;       // of the stage, or the quantity, alone
    std::optional<Tolerance> chain;           // of a run of the whole chain from the given arrays
    std::optional<std::vector<std::string>> computed_from;
    std::optional<std::string> input;   // how the input of a single network's run is made
    std::optional<std::string> sha256;  // of the whole array's bytes
    std::optional<double> mean;         // of the whole array
    std::string note;                   // for people; passed on to whoever computes the array

    // The note says that neighbours may swap: a list in an order that rounding may turn around.
    [[nodiscard]] bool neighbours_may_swap() const;

    [[nodiscard]] bool whole() const;  // the file holds every element
};

struct GoldenCase {
    std::optional<std::uint64_t> seed;  // of the synthetic model that it belongs to
    std::string notes;                  // the case's entry as JSON text
};

struct Manifest {
    std::filesystem::path folder;
    std::map<std::string, GoldenCase> cases;
    std::vector<GoldenArray> arrays;  // in the order of the file
};

[[nodiscard]] Manifest read_manifest(const std::filesystem::path& folder);

}  // namespace hrn::model::tool
