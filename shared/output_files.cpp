#include "shared/output_files.hpp"

#include <charconv>
#include <cstddef>

namespace hrn {

std::optional<int> output_index(std::string_view name) {
    for (std::size_t i = 0; i < kOutputFiles.size(); ++i) {
        if (kOutputFiles[i] == name) {
            return static_cast<int>(i);
        }
    }
    return std::nullopt;
}

std::optional<int> further_face_number(std::string_view directory) {
    constexpr std::string_view prefix = "face_";
    if (!directory.starts_with(prefix)) {
        return std::nullopt;
    }
    const std::string_view digits = directory.substr(prefix.size());
    int number = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
    // One spelling a number: no sign, no leading zero.
    if (error != std::errc{} || end != digits.data() + digits.size() || digits.front() == '0' ||
        digits.front() == '-' || number < 2 || number > kMaxFaces) {
        return std::nullopt;
    }
    return number;
}

}  // namespace hrn
