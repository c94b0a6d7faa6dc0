// TOML without its comments, for toml11 4: after a mistake its search for where to go on never ends when it
// comes to a '#' (a list with a comment in it and a comma too few is enough). So it is given none: comments
// are left out, and a '#' in a string is written as an escape.
//
// Lines keep their numbers; what the text means, or that it is wrong, stays as it was, except that mistakes
// inside a comment are gone with it. A pure function; cannot fail.
#pragma once

#include <string>
#include <string_view>

namespace hrn::config_detail {

[[nodiscard]] std::string without_comments(std::string_view toml);

}  // namespace hrn::config_detail
