// Names are bytes (design.md 5): what to do with them where text is wanted.
#pragma once

#include <string>
#include <string_view>

namespace hrn {

[[nodiscard]] bool valid_utf8(std::string_view bytes);
// Invalid sequences become U+FFFD; for JSON.
[[nodiscard]] std::string to_utf8(std::string_view bytes);
[[nodiscard]] std::string base64(std::string_view bytes);
[[nodiscard]] std::string from_base64(std::string_view text);  // throws std::invalid_argument
// RFC 3339, UTC, milliseconds: "2026-11-24T08:00:00.123Z".
[[nodiscard]] std::string utc_time_text(long long unix_milliseconds);
[[nodiscard]] long long unix_milliseconds_now();

}  // namespace hrn
