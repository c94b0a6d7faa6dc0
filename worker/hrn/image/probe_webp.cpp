// WebP: a RIFF file of chunks; the picture's size stands in the first one.
#include <algorithm>

#include "worker/hrn/image/exif.hpp"
#include "worker/hrn/image/format_probes.hpp"
#include "worker/hrn/image/webp_chunks.hpp"

namespace hrn::image {
namespace {

using namespace std::string_view_literals;

// Width and height of a chunk of lossy or lossless data; false if it is neither or damaged.
bool data_size(ByteView file, const WebpChunk& chunk, ImageInfo& info) {
    if (file.starts_with("VP8 "sv, chunk.name_at)) {
        if (!file.starts_with("\x9D\x01\x2A"sv, chunk.data_at + 3) || chunk.length < 10) {
            return false;
        }
        info.width = file.u16(chunk.data_at + 6, ByteOrder::little).value_or(0) & 0x3FFF;
        info.height = file.u16(chunk.data_at + 8, ByteOrder::little).value_or(0) & 0x3FFF;
        return true;
    }
    if (file.starts_with("VP8L"sv, chunk.name_at)) {
        if (file.u8(chunk.data_at) != 0x2F || chunk.length < 5) {
            return false;
        }
        const std::uint32_t word = file.u32(chunk.data_at + 1, ByteOrder::little).value_or(0);
        info.width = (word & 0x3FFF) + 1;
        info.height = (word >> 14 & 0x3FFF) + 1;
        return true;
    }
    return false;
}

}  // namespace

Header webp_header(ByteView file) {
    ImageInfo info;
    info.format = Format::webp;
    const std::optional<WebpChunk> first = webp_chunk(file, 12);
    if (!first) {
        return unreadable(Format::webp, "ends inside its header");
    }
    if (!file.starts_with("VP8X"sv, first->name_at)) {
        if (!data_size(file, *first, info)) {
            return unreadable(Format::webp, "has a damaged header");
        }
        return info;
    }
    if (first->length < 10) {
        return unreadable(Format::webp, "has a damaged header");
    }
    const std::uint32_t flags = file.u8(first->data_at).value_or(0);
    constexpr std::uint32_t has_alpha = 0x10;
    info.channels = (flags & has_alpha) != 0 ? 4 : 3;
    info.width = std::uint64_t{file.u24(first->data_at + 4, ByteOrder::little).value_or(0)} + 1;
    info.height = std::uint64_t{file.u24(first->data_at + 7, ByteOrder::little).value_or(0)} + 1;
    int frames = 0;
    std::size_t at = first->next;
    while (const std::optional<WebpChunk> chunk = webp_chunk(file, at)) {
        if (file.starts_with("EXIF"sv, chunk->name_at)) {
            info.orientation = exif_orientation_after_marker(file.part(chunk->data_at, chunk->length));
        } else if (file.starts_with("ANMF"sv, chunk->name_at)) {
            frames = std::min(frames + 1, most_frames_counted);
        }
        at = chunk->next;
    }
    info.frames = std::max(frames, 1);
    return info;
}

Fault webp_whole(ByteView file) {
    const std::uint64_t promised = std::uint64_t{file.u32(4, ByteOrder::little).value_or(0)} + 8;
    if (promised > file.size()) {
        return unreadable(Format::webp,
                          "is cut short: " + std::to_string(promised - file.size()) + " bytes are missing");
    }
    return std::nullopt;
}

}  // namespace hrn::image
