#include "worker/hrn/image/image_probe.hpp"

#include <algorithm>
#include <array>

#include "worker/hrn/image/format_probes.hpp"

namespace hrn::image {
namespace {

struct Magic {
    std::size_t at;
    std::string_view bytes;
    std::string_view name;  // for the message
};

using namespace std::string_view_literals;

// Formats that people rename to .jpg; only for a message that says what the file is.
constexpr std::array foreign_formats{
    Magic{0, "GIF8"sv, "a GIF image"},
    Magic{4, "ftypheic"sv, "a HEIC image"},
    Magic{4, "ftypheix"sv, "a HEIC image"},
    Magic{4, "ftypmif1"sv, "a HEIF image"},
    Magic{4, "ftypavif"sv, "an AVIF image"},
    Magic{4, "ftyp"sv, "a video or another ISO media file"},
    Magic{0, "\xFF\x0A"sv, "a JPEG XL image"},
    Magic{4, "JXL \r\n"sv, "a JPEG XL image"},
    Magic{4, "jP  \r\n"sv, "a JPEG 2000 image"},
    Magic{0, "\xFF\x4F\xFF\x51"sv, "a JPEG 2000 image"},
    Magic{0, "8BPS"sv, "a Photoshop document"},
    Magic{0, "%PDF"sv, "a PDF document"},
    Magic{0, "PK\x03\x04"sv, "a zip archive"},
    Magic{0, "\x1F\x8B"sv, "a gzip file"},
    Magic{0, "\x00\x00\x01\x00"sv, "an icon"},
    Magic{0, "II\x2B\x00"sv, "a BigTIFF image"},
    Magic{0, "MM\x00\x2B"sv, "a BigTIFF image"},
    Magic{0, "P6"sv, "a PPM image"},
    Magic{0,
          "\x7F"
          "ELF"sv,
          "a program"},
};

std::string foreign_name(ByteView file) {
    for (const Magic& magic : foreign_formats) {
        if (file.starts_with(magic.bytes, magic.at)) {
            return std::string(magic.name);
        }
    }
    const auto start = file.part(0, 256).bytes();
    const bool text = std::ranges::all_of(start, [](std::byte byte) {
        const auto value = std::to_integer<unsigned>(byte);
        return (value >= 0x20 && value < 0xF5) || (value >= 0x09 && value <= 0x0D);  // ASCII or UTF-8
    });
    return text ? "text" : "of no image format that is known here";
}

// The formats that we decode and how their files begin.
std::optional<Format> format_of(ByteView file) {
    if (file.starts_with("\xFF\xD8\xFF"sv)) {
        return Format::jpeg;
    }
    if (file.starts_with("\x89PNG\r\n\x1A\n"sv)) {
        return Format::png;
    }
    if (file.starts_with("RIFF"sv) && file.starts_with("WEBP"sv, 8)) {
        return Format::webp;
    }
    if (file.starts_with("II\x2A\x00"sv) || file.starts_with("MM\x00\x2A"sv)) {
        return Format::tiff;
    }
    if (file.starts_with("BM"sv)) {
        return Format::bmp;
    }
    return std::nullopt;
}

Header header_of(Format format, ByteView file) {
    switch (format) {
        case Format::jpeg:
            return jpeg_header(file);
        case Format::png:
            return png_header(file);
        case Format::bmp:
            return bmp_header(file);
        case Format::webp:
            return webp_header(file);
        case Format::tiff:
            return tiff_header(file);
    }
    return unreadable(format, "has an impossible format");
}

std::string size_text(const ImageInfo& info) {
    return std::to_string(info.width) + " x " + std::to_string(info.height) + " pixels";
}

}  // namespace

std::string_view format_name(Format format) {
    switch (format) {
        case Format::jpeg:
            return "JPEG";
        case Format::png:
            return "PNG";
        case Format::bmp:
            return "BMP";
        case Format::webp:
            return "WebP";
        case Format::tiff:
            return "TIFF";
    }
    return "image";
}

FaceError unreadable(Format format, const std::string& what) {
    return {FaceErrorCode::unreadable_image, "this " + std::string(format_name(format)) + " file " + what};
}

FaceError unsupported(Format format, const std::string& what) {
    return {FaceErrorCode::unsupported_format, "this " + std::string(format_name(format)) + " file " + what};
}

ProbeResult probe(std::span<const std::byte> bytes, const ProbeLimits& limits) {
    const ByteView file(bytes);
    ProbeResult result;
    if (bytes.empty()) {
        result.error = FaceError{FaceErrorCode::empty_file, "the file is empty"};
        return result;
    }
    const std::optional<Format> format = format_of(file);
    if (!format) {
        result.error = FaceError{FaceErrorCode::unsupported_format,
                                 "the file is " + foreign_name(file) + ", not JPEG, PNG, BMP, WebP or TIFF"};
        return result;
    }
    Header header = header_of(*format, file);
    if (auto* fault = std::get_if<FaceError>(&header)) {
        result.info.format = *format;
        result.error = std::move(*fault);
        return result;
    }
    result.info = std::get<ImageInfo>(header);
    const ImageInfo& info = result.info;
    if (info.width == 0 || info.height == 0) {
        result.error = unreadable(*format, "says that it has no pixels");
    } else if (info.width > limits.max_pixels / info.height) {
        result.error = FaceError{FaceErrorCode::too_many_pixels,
                                 size_text(info) + ", the limit is " + std::to_string(limits.max_pixels)};
    } else if (std::min(info.width, info.height) < limits.min_side) {
        result.error =
            FaceError{FaceErrorCode::image_too_small,
                      size_text(info) + ", each side needs " + std::to_string(limits.min_side) + " at least"};
    }
    return result;
}

std::optional<FaceError> check_whole(std::span<const std::byte> bytes, const ImageInfo& info) {
    const ByteView file(bytes);
    switch (info.format) {
        case Format::jpeg:
            return jpeg_whole(file);
        case Format::png:
            return png_whole(file);
        case Format::bmp:
            return bmp_whole(file);
        case Format::webp:
            return webp_whole(file);
        case Format::tiff:
            return tiff_whole(file);
    }
    return std::nullopt;
}

}  // namespace hrn::image
