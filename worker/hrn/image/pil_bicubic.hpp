// Bicubic resampling to the bit as PIL does it, of a window only (front.md 7): for a small face in a large
// photo the whole resized image would have a hundred million pixels, of which 224 x 224 are wanted. The
// filter is separable and each output depends on its own source window alone, so the window's bytes are the
// same.
//
// Pure function, any thread, standard library only. Sizes that make no sense are the caller's fault
// (std::invalid_argument); pixels cannot make it fail.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace hrn::image {

// A rectangle of the resized image; it may reach beyond it, and there the result is black.
struct Window {
    std::int64_t left = 0;
    std::int64_t top = 0;
    int width = 0;
    int height = 0;
};

// `rgb`: width x height x 3, row-major. Resizes it to new_width x new_height and returns the window's
// window.width x window.height x 3 bytes. Work and memory grow with the window and the source rows under it,
// not with the new size.
[[nodiscard]] std::vector<std::uint8_t> pil_bicubic(std::span<const std::uint8_t> rgb, int width, int height,
                                                    std::int64_t new_width, std::int64_t new_height,
                                                    const Window& window);

}  // namespace hrn::image
