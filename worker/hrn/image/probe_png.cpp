// PNG: IHDR, then the chunks' lengths up to IEND.
#include <algorithm>

#include "worker/hrn/image/exif.hpp"
#include "worker/hrn/image/format_probes.hpp"

namespace hrn::image {
namespace {

using namespace std::string_view_literals;

constexpr std::size_t first_chunk = 8;
constexpr std::size_t chunk_overhead = 12;  // length, name, checksum

// Calls visit(name's offset, data's offset, length) for each chunk that lies wholly in the file; stops after
// IEND, where it answers true, or where the file ends.
template <typename Visit>
bool for_each_chunk(ByteView file, Visit visit) {
    std::size_t at = first_chunk;
    while (const auto length = file.u32(at, ByteOrder::big)) {
        if (*length > 0x7FFFFFFF || !file.has(at, chunk_overhead + *length)) {
            return false;
        }
        if (file.starts_with("IEND"sv, at + 4)) {
            return true;
        }
        visit(at + 4, at + 8, *length);
        at += chunk_overhead + *length;
    }
    return false;
}

int channels_of(std::uint32_t colour_type) {
    switch (colour_type) {
        case 2:
            return 3;
        case 4:
            return 2;
        case 6:
            return 4;
        default:
            return 1;  // grey and palette
    }
}

bool is_known_colour(std::uint32_t type, std::uint32_t bits) {
    switch (type) {
        case 0:
            return bits == 1 || bits == 2 || bits == 4 || bits == 8 || bits == 16;
        case 3:
            return bits == 1 || bits == 2 || bits == 4 || bits == 8;
        case 2:
        case 4:
        case 6:
            return bits == 8 || bits == 16;
        default:
            return false;
    }
}

}  // namespace

Header png_header(ByteView file) {
    if (file.u32(first_chunk, ByteOrder::big) != 13 || !file.starts_with("IHDR"sv, first_chunk + 4) ||
        !file.has(first_chunk, chunk_overhead + 13)) {
        return unreadable(Format::png, "does not begin with a whole IHDR chunk");
    }
    ImageInfo info;
    info.format = Format::png;
    info.width = file.u32(16, ByteOrder::big).value_or(0);
    info.height = file.u32(20, ByteOrder::big).value_or(0);
    const std::uint32_t bits = file.u8(24).value_or(0);
    const std::uint32_t colour_type = file.u8(25).value_or(0);
    if (!is_known_colour(colour_type, bits)) {
        return unreadable(Format::png, "has colour type " + std::to_string(colour_type) + " with " +
                                           std::to_string(bits) + " bits, which PNG does not know");
    }
    info.bits_per_channel = static_cast<int>(bits);
    info.channels = channels_of(colour_type);
    for_each_chunk(file, [&](std::size_t name, std::size_t data, std::uint32_t length) {
        if (file.starts_with("eXIf"sv, name)) {
            info.orientation = exif_orientation_after_marker(file.part(data, length));
        } else if (file.starts_with("acTL"sv, name)) {
            const std::uint32_t frames = file.u32(data, ByteOrder::big).value_or(1);
            info.frames = static_cast<int>(std::clamp<std::uint32_t>(frames, 1, most_frames_counted));
        }
    });
    return info;
}

Fault png_whole(ByteView file) {
    bool data_seen = false;
    const bool ended = for_each_chunk(file, [&](std::size_t name, std::size_t, std::uint32_t) {
        data_seen = data_seen || file.starts_with("IDAT"sv, name);
    });
    if (!ended) {
        return unreadable(Format::png, "is cut short: its IEND chunk is missing");
    }
    if (!data_seen) {
        return unreadable(Format::png, "holds no picture data");
    }
    return std::nullopt;
}

}  // namespace hrn::image
