// One computed quantity against the wanted numbers: the samples that the file holds, the whole array's hash
// and mean where the manifest states them, and the tolerance.
//
// Pure functions, any thread. A difference is a result, never an exception.
#pragma once

#include <string>
#include <vector>

#include "worker/hrn/golden.hpp"
#include "worker/model/array.hpp"
#include "worker/model/tool/golden_manifest.hpp"

namespace hrn::model::tool {

struct Comparison {
    double max_abs = 0, mean_abs = 0, p999_abs = 0;  // of |got - want| over the samples
    bool compared = false;                           // the three numbers above mean something
    bool ok = false;
    std::string problem;  // one line; empty if ok, or if only the tolerance is exceeded
};

// The scores that a list of indices is ordered by, and how close two of them are when rounding may turn their
// order around (the scores' own tolerance, for either).
struct Ranking {
    const std::vector<double>& scores;
    double close = 0;
};

// `got` is whole, `want` is the file's array. No tolerance: only the differences are measured, and ok says
// that they could be. Neighbours of a list may stand in the other order where the entry's note says so and
// `ranking` shows that their scores are close; without a ranking they may not.
[[nodiscard]] Comparison compare(const GoldenArray& entry, const Array& want, const GoldenValue& got,
                                 const Tolerance* tolerance, const Ranking* ranking = nullptr);

// SHA-256 of the numbers as little-endian elements of `dtype`, 64 hexadecimal digits. ModelError for an
// unknown dtype.
[[nodiscard]] std::string hash_of(const GoldenValue& value, const std::string& dtype);

// "mean 1.9e-06, p99.9 1.9e-05", "abs 0.02 + 0.0005 rel", "equal"
[[nodiscard]] std::string tolerance_text(const Tolerance& tolerance);

}  // namespace hrn::model::tool
