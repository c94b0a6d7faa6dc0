// The pixels of ordinary JPEG files by libjpeg-turbo itself, straight into the order of colours that is
// wanted: OpenCV's reader calls the same library with the same settings, but turns the colours round, and so
// one would have to turn them back. The bytes are OpenCV's.
//
// Any thread. Nothing comes back for a file with which libjpeg is not wholly content (an error, a warning,
// four colours, tables left out): OpenCV's reader has the last word about it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace hrn::image {

// width x height x 3, RGB, as stored (no EXIF orientation). `width`, `height`: what the file's header says.
// std::bad_alloc if they do not fit into memory.
[[nodiscard]] std::optional<std::vector<std::uint8_t>> jpeg_pixels(std::span<const std::byte> file,
                                                                   std::uint64_t width, std::uint64_t height);

}  // namespace hrn::image
