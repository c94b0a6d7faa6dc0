#include "shared/image_names.hpp"

#include <strings.h>

#include <algorithm>

namespace hrn {

bool has_image_extension(std::string_view name) {
    const auto dot = name.rfind('.');
    if (dot == std::string_view::npos) {
        return false;
    }
    const std::string_view extension = name.substr(dot + 1);
    return std::any_of(kImageExtensions.begin(), kImageExtensions.end(), [&](std::string_view known) {
        return extension.size() == known.size() &&
               ::strncasecmp(extension.data(), known.data(), known.size()) == 0;
    });
}

}  // namespace hrn
