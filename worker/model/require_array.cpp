#include "worker/model/require_array.hpp"

#include <algorithm>
#include <string>

namespace hrn::model {

const Array& require_array(const std::filesystem::path& file, std::string_view key, const Array* found,
                           const std::vector<std::int64_t>& expected) {
    if (found == nullptr) {
        throw ModelError(file.string() + ": " + std::string(key) + " is missing; expected shape " +
                         shape_text(expected));
    }
    const bool fits = std::equal(expected.begin(), expected.end(), found->shape.begin(), found->shape.end(),
                                 [](std::int64_t want, std::int64_t got) { return want < 0 || want == got; });
    if (!fits) {
        throw ModelError(file.string() + ": " + std::string(key) + " has shape " + shape_text(found->shape) +
                         ", expected " + shape_text(expected));
    }
    return *found;
}

}  // namespace hrn::model
