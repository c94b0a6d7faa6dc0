// The seam between `hrn-model verify` (which reads a golden folder's manifest, compares and prints) and the
// pipeline (which computes). A checker asks for quantities by the names of the manifest; nothing here knows
// a tolerance or an expected number.
//
// Called from one thread. Bad input (a name that is not computed here, a missing or misshapen input) throws
// std::invalid_argument naming it: the checker reports that array as failed and goes on.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace hrn {

// Row-major numbers of any element type of the manifest; float32 and integers up to 2^53 are exact.
struct GoldenValue {
    std::vector<std::int64_t> shape;
    std::vector<double> numbers;
};
using GoldenValues = std::map<std::string, GoldenValue>;

class GoldenStages {
public:
    virtual ~GoldenStages() = default;
    // Computes `name` of `stage` from the given whole arrays alone (manifest: "computed_from", or the
    // stage's arrays of role "given"). `notes` are the case's notes of the manifest as JSON text (front:
    // "image", "width", "height", "seed"), with the array's own note added as "array_note".
    // `inputs` and `given` also hold the "given" arrays of the case's other stages, as "STAGE.NAME": the
    // front half's chain needs "align_img.lm3d_std".
    virtual GoldenValue compute(const std::string& stage, const std::string& name, const GoldenValues& inputs,
                                const std::string& notes) = 0;
    // Runs the whole stage from its "given" arrays and returns every quantity it can name. What is missing
    // (names that only the manifest knows) is asked for by compute().
    virtual GoldenValues run(const std::string& stage, const GoldenValues& given,
                             const std::string& notes) = 0;
    [[nodiscard]] virtual bool knows(const std::string& stage) const = 0;
};

}  // namespace hrn
