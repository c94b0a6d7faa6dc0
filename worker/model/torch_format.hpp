// Fixed words of torch.save's formats, for reader and writer.
#pragma once

#include <cstdint>
#include <string_view>

namespace hrn::model {

// The legacy format's first pickle: 0x1950A86A20F9469CFC6C, little-endian.
inline constexpr std::string_view legacy_magic{"\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19", 10};
inline constexpr std::int64_t legacy_version = 1001;

}  // namespace hrn::model
