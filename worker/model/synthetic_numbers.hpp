// The synthetic model's numbers: a value from a file's name, a tensor's name and an index, the same bits in
// every language. No state, no platform's libm.
//
//     value(i) = lo + (hi - lo) * u,  u = the top 24 bits of splitmix64 / 2^24, in float64, rounded once to
//     float32; the generator's state is FNV-1a-64("FILE:TENSOR") xor seed, advanced i + 1 times.
//
// Pure functions, any thread, cannot fail.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace hrn::model {

inline constexpr std::uint64_t default_seed = 20230302;  // the day on which HRN was published

[[nodiscard]] std::uint64_t fnv1a64(std::string_view text);

// `count` numbers of the tensor `name` of `file`, row-major.
[[nodiscard]] std::vector<float> synthetic_tensor(std::string_view file, std::string_view name,
                                                  std::int64_t count, double lo, double hi,
                                                  std::uint64_t seed = default_seed);

}  // namespace hrn::model
