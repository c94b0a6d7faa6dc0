// One pair of functions per format: read the header, and check that the file is whole. Private to the image
// probe, which chooses by the magic bytes; conventions there.
#pragma once

#include <optional>
#include <string>
#include <variant>

#include "worker/hrn/face_error.hpp"
#include "worker/hrn/image/byte_view.hpp"
#include "worker/hrn/image/image_probe.hpp"

namespace hrn::image {

using Header = std::variant<ImageInfo, FaceError>;
using Fault = std::optional<FaceError>;

inline constexpr int most_frames_counted = 64;

// Messages: "this JPEG file <what>".
[[nodiscard]] FaceError unreadable(Format format, const std::string& what);
[[nodiscard]] FaceError unsupported(Format format, const std::string& what);

[[nodiscard]] Header jpeg_header(ByteView file);
[[nodiscard]] Fault jpeg_whole(ByteView file);
[[nodiscard]] Header png_header(ByteView file);
[[nodiscard]] Fault png_whole(ByteView file);
[[nodiscard]] Header bmp_header(ByteView file);
[[nodiscard]] Fault bmp_whole(ByteView file);
[[nodiscard]] Header webp_header(ByteView file);
[[nodiscard]] Fault webp_whole(ByteView file);
[[nodiscard]] Header tiff_header(ByteView file);
[[nodiscard]] Fault tiff_whole(ByteView file);

}  // namespace hrn::image
