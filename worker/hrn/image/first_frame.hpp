// The first frame of an animated WebP as a still WebP file of its own, since OpenCV 4.6 refuses animations.
//
// Pure functions, any thread. The bytes are untrusted; FaceFailure(unreadable_image) where no whole first
// frame is found or it reaches beyond the canvas.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace hrn::image {

struct FirstFrame {
    std::vector<std::byte> file;
    std::uint64_t width = 0;
    std::uint64_t height = 0;
    std::uint64_t left = 0;  // on the canvas
    std::uint64_t top = 0;
};

[[nodiscard]] bool is_animated_webp(std::span<const std::byte> file);
[[nodiscard]] FirstFrame first_webp_frame(std::span<const std::byte> file);

}  // namespace hrn::image
