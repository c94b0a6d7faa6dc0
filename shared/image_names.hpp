// Which names in incoming/ are images (design.md 5): what the supervisor's scans, submit and bench must agree
// on. Pure functions; they cannot fail.
#pragma once

#include <array>
#include <cstddef>
#include <string_view>

namespace hrn {

inline constexpr std::array<std::string_view, 7> kImageExtensions = {"jpg",  "jpeg", "png", "bmp",
                                                                     "webp", "tif",  "tiff"};
// The longest path below incoming/ that is taken; a longer one cannot be opened with what comes before it.
inline constexpr std::size_t kMaxRelBytes = 3900;

// Any case: "a.JPG". Hidden names are the caller's affair.
[[nodiscard]] bool has_image_extension(std::string_view name);

}  // namespace hrn
