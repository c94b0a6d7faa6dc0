// Numbers as text with six decimals, the same bytes as printf("%.6f") in the C locale, many times faster.
//
// The exact binary value is rounded, halves to even, as the C library does: a float is m * 2^-s with m <
// 2^24, so m * 10^6 fits a 64-bit integer and one shift with its remainder is the whole rounding.
//
// Pure functions; any thread. Diagnostics: OutputError for infinity and NaN.
#pragma once

#include <cstddef>
#include <cstdint>

namespace hrn::output {

// The longest text: sign, 39 digits of the largest float, point, six decimals.
inline constexpr std::size_t max_fixed6_chars = 47;
inline constexpr std::size_t max_unsigned_chars = 10;

// Writes `value` at `out`, which has room for max_fixed6_chars; returns the end. No terminating zero.
char* write_fixed6(char* out, float value);

// Writes `value` in decimal at `out`, which has room for max_unsigned_chars; returns the end.
char* write_unsigned(char* out, std::uint32_t value);

}  // namespace hrn::output
