// Base64 (RFC 4648, with padding), for file names that are not UTF-8. Pure function; any thread; cannot fail.
#pragma once

#include <string>
#include <string_view>

namespace hrn::output {

std::string base64(std::string_view bytes);

}  // namespace hrn::output
