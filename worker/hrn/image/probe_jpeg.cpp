// JPEG: segments up to the first scan for the header, all markers up to the end marker for wholeness.
#include <cstring>

#include "worker/hrn/image/exif.hpp"
#include "worker/hrn/image/format_probes.hpp"

namespace hrn::image {
namespace {

using namespace std::string_view_literals;

constexpr std::uint32_t end_of_image = 0xD9;
constexpr std::uint32_t start_of_scan = 0xDA;
constexpr std::uint32_t app1 = 0xE1;
// A progressive file of some kilobytes can hold thousands of scans over a huge picture, each a pass over all
// of it in the decoder. Real encoders write ten or so.
constexpr int most_scans = 500;

bool is_frame_header(std::uint32_t marker) {
    return marker >= 0xC0 && marker <= 0xCF && marker != 0xC4 && marker != 0xC8 && marker != 0xCC;
}

// Baseline, extended and progressive, Huffman or arithmetic: what libjpeg decodes.
bool is_decodable_frame(std::uint32_t marker) {
    return marker == 0xC0 || marker == 0xC1 || marker == 0xC2 || marker == 0xC9 || marker == 0xCA;
}

bool has_no_length(std::uint32_t marker) {
    return marker == 0x01 || (marker >= 0xD0 && marker <= 0xD8);
}

// The next FF that is followed by a marker byte at or after `at`; advances `at` behind it. Stuffed zeros and
// restart markers, which belong to a scan's data, are skipped, as are fill bytes. Linear over the whole file.
std::optional<std::uint32_t> next_marker(ByteView file, std::size_t& at) {
    const auto bytes = file.bytes();
    while (at + 1 < bytes.size()) {
        const void* found = std::memchr(bytes.data() + at, 0xFF, bytes.size() - 1 - at);
        if (found == nullptr) {
            break;
        }
        at = static_cast<std::size_t>(static_cast<const std::byte*>(found) - bytes.data());
        const auto marker = std::to_integer<std::uint32_t>(bytes[at + 1]);
        if (marker == 0xFF) {
            ++at;
            continue;
        }
        at += 2;
        if (marker != 0x00 && !(marker >= 0xD0 && marker <= 0xD7)) {
            return marker;
        }
    }
    return std::nullopt;
}

Header frame_header(ByteView file, std::size_t at, std::uint32_t marker, ImageInfo info) {
    if (!is_decodable_frame(marker)) {
        return unsupported(Format::jpeg,
                           "uses a lossless or hierarchical process, which cannot be decoded here");
    }
    const auto bits = file.u8(at + 2);
    const auto height = file.u16(at + 3, ByteOrder::big);
    const auto width = file.u16(at + 5, ByteOrder::big);
    const auto channels = file.u8(at + 7);
    if (!bits || !height || !width || !channels) {
        return unreadable(Format::jpeg, "ends inside its header");
    }
    if (*bits != 8) {
        return unsupported(Format::jpeg,
                           "has " + std::to_string(*bits) + " bits per sample, 8 are supported");
    }
    if (*channels != 1 && *channels != 3 && *channels != 4) {
        return unreadable(Format::jpeg, "has " + std::to_string(*channels) + " colour channels");
    }
    info.width = *width;
    info.height = *height;
    info.channels = static_cast<int>(*channels);
    return info;
}

}  // namespace

Header jpeg_header(ByteView file) {
    ImageInfo info;
    info.format = Format::jpeg;
    bool frame_seen = false;
    bool exif_seen = false;
    std::size_t at = 2;
    while (const std::optional<std::uint32_t> marker = next_marker(file, at)) {
        if (*marker == start_of_scan && frame_seen) {
            return info;
        }
        if (*marker == end_of_image || *marker == start_of_scan) {
            return unreadable(Format::jpeg, "has no frame header before its data");
        }
        if (has_no_length(*marker)) {
            continue;
        }
        const auto length = file.u16(at, ByteOrder::big);
        if (!length || *length < 2 || !file.has(at, *length)) {
            return unreadable(Format::jpeg, "ends inside its header");
        }
        if (is_frame_header(*marker)) {
            if (frame_seen) {
                return unreadable(Format::jpeg, "has two frame headers");
            }
            Header frame = frame_header(file, at, *marker, info);
            if (std::holds_alternative<FaceError>(frame)) {
                return frame;
            }
            info = std::get<ImageInfo>(frame);
            frame_seen = true;
        } else if (*marker == app1 && !exif_seen && file.starts_with("Exif\0\0"sv, at + 2)) {
            info.orientation = exif_orientation_after_marker(file.part(at + 2, *length - 2));
            exif_seen = true;
        }
        at += *length;
    }
    return unreadable(Format::jpeg, "ends inside its header");
}

Fault jpeg_whole(ByteView file) {
    int scans = 0;
    std::size_t at = 2;
    while (const std::optional<std::uint32_t> marker = next_marker(file, at)) {
        if (*marker == end_of_image) {
            if (scans == 0) {
                return unreadable(Format::jpeg, "holds no picture data");
            }
            return std::nullopt;
        }
        if (has_no_length(*marker)) {
            continue;
        }
        if (*marker == start_of_scan && ++scans > most_scans) {
            return unreadable(Format::jpeg, "has more than " + std::to_string(most_scans) + " scans");
        }
        const auto length = file.u16(at, ByteOrder::big);
        if (!length || *length < 2 || !file.has(at, *length)) {
            break;
        }
        at += *length;
    }
    return unreadable(Format::jpeg, "is cut short: its end marker is missing");
}

}  // namespace hrn::image
