// The records of a zip archive, for reader and writer: magic numbers and the sizes of their fixed parts.
#pragma once

#include <cstdint>

namespace hrn::model::zip {

inline constexpr std::uint32_t local_magic = 0x04034B50;    // "PK\3\4"
inline constexpr std::uint32_t central_magic = 0x02014B50;  // "PK\1\2"
inline constexpr std::uint32_t end_magic = 0x06054B50;      // "PK\5\6"
inline constexpr std::uint32_t end64_magic = 0x06064B50;    // "PK\6\6"
inline constexpr std::uint32_t locator_magic = 0x07064B50;  // "PK\6\7"

inline constexpr std::uint32_t local_size = 30;
inline constexpr std::uint32_t central_size = 46;
inline constexpr std::uint32_t end_size = 22;
inline constexpr std::uint32_t end64_size = 56;
inline constexpr std::uint32_t locator_size = 20;

inline constexpr std::uint16_t stored = 0;       // compression method: none
inline constexpr std::uint16_t zip64_extra = 1;  // id of the extra field with 64-bit sizes

}  // namespace hrn::model::zip
