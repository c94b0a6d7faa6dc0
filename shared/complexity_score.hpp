// The complexity score of an image, 0.1..1, as the service's scheduling defines it: a sum of its size and of
// how its largest face fills it.
//
//   score = max(0.1, 0.4 * min(1, pixels / 2000^2) + 0.6 * face factor)
//
// Face factor, by the share of the picture that the largest face covers: under 5 % 0.8 (the face must be
// found and enlarged), over 30 % 0.7, between 0.3, no face 0.9. An image that cannot be read: 0.5. Pure; any
// thread.
#pragma once

#include <cstdint>

namespace hrn {

inline constexpr double kLowestScore = 0.1;
inline constexpr double kScoreOfUnreadable = 0.5;

// `largest_share`: of the picture's area, 0..1; 0: no face was found.
[[nodiscard]] double face_factor(double largest_share);
[[nodiscard]] double complexity_score(std::uint64_t pixels, double factor);
// Before anybody has looked for a face: with the factor in the middle of the table.
[[nodiscard]] double complexity_by_size(std::uint64_t pixels);

}  // namespace hrn
