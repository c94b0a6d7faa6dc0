// Our own look at an image file before any decoder sees it: which format its bytes are (whatever its name
// says), how large the picture is, whether the file is whole. Hostile bytes cost time linear in the file at
// most, and no memory.
//
// Pure functions of the bytes, any thread; nothing is thrown for what is in a file. The verdict is a code of
// design.md 8 with a sentence for the operator; all of them are the file's fault and permanent.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "worker/hrn/face_error.hpp"

namespace hrn::image {

enum class Format : std::uint8_t { jpeg, png, bmp, webp, tiff };
[[nodiscard]] std::string_view format_name(Format format);  // "JPEG"

struct ImageInfo {
    Format format = Format::jpeg;
    std::uint64_t width = 0;  // as stored, before orientation
    std::uint64_t height = 0;
    int bits_per_channel = 8;
    int channels = 3;     // as stored; 1 for grey and palette
    int orientation = 1;  // of EXIF or the TIFF tag, 1..8
    int frames = 1;       // counted up to 64; only the first is used
};

struct ProbeLimits {
    std::uint64_t max_pixels = 178'956'970;  // what PIL refuses officially (front.md 1)
    std::uint64_t min_side = 16;             // below it a detector's resize can come out empty (front.md 1)
};

struct ProbeResult {
    ImageInfo info;                  // meaningful without an error, and with too_many_pixels, image_too_small
    std::optional<FaceError> error;  // empty_file, unsupported_format, unreadable_image, too_many_pixels,
                                     // image_too_small
};

// Format and header. Looks only as far as the header goes (for TIFF: its first directories).
[[nodiscard]] ProbeResult probe(std::span<const std::byte> file, const ProbeLimits& limits = {});

// Is everything there that the header promises? Decoders fill what is missing with grey and merely warn, so
// a file cut short must be found here: JPEG without its end marker, PNG without IEND, WebP shorter than its
// RIFF says, BMP rows and TIFF strips beyond the end. `info` is probe()'s. Nothing: the file looks whole.
[[nodiscard]] std::optional<FaceError> check_whole(std::span<const std::byte> file, const ImageInfo& info);

}  // namespace hrn::image
