#include "worker/hrn/image/first_frame.hpp"

#include <string_view>

#include "worker/hrn/image/format_probes.hpp"
#include "worker/hrn/image/webp_chunks.hpp"

namespace hrn::image {
namespace {

using namespace std::string_view_literals;

constexpr std::size_t first_chunk = 12;
constexpr std::size_t frame_header = 16;  // ANMF: position, size, duration, flags

void append(std::vector<std::byte>& out, std::string_view text) {
    for (const char letter : text) {
        out.push_back(static_cast<std::byte>(letter));
    }
}

void append_u32(std::vector<std::byte>& out, std::size_t value) {
    for (int shift = 0; shift < 32; shift += 8) {
        out.push_back(static_cast<std::byte>(value >> shift & 0xFF));
    }
}

[[noreturn]] void throw_damaged() {
    throw FaceFailure(unreadable(Format::webp, "is an animation with a damaged first frame"));
}

// The chunk with the frame's colours; its transparency is dropped like every picture's.
WebpChunk colours_of(ByteView file, const WebpChunk& frame) {
    const ByteView inside = file.part(0, frame.data_at + frame.length);
    std::size_t at = frame.data_at + frame_header;
    while (const std::optional<WebpChunk> chunk = webp_chunk(inside, at)) {
        if (file.starts_with("VP8 "sv, chunk->name_at) || file.starts_with("VP8L"sv, chunk->name_at)) {
            return *chunk;
        }
        at = chunk->next;
    }
    throw_damaged();
}

}  // namespace

bool is_animated_webp(std::span<const std::byte> bytes) {
    const ByteView file(bytes);
    constexpr std::uint32_t animation_flag = 0x02;
    return file.starts_with("VP8X"sv, first_chunk) &&
           (file.u8(first_chunk + 8).value_or(0) & animation_flag) != 0;
}

FirstFrame first_webp_frame(std::span<const std::byte> bytes) {
    const ByteView file(bytes);
    constexpr auto little = ByteOrder::little;
    std::size_t at = first_chunk;
    std::optional<WebpChunk> chunk = webp_chunk(file, at);
    while (chunk && !file.starts_with("ANMF"sv, chunk->name_at)) {
        chunk = webp_chunk(file, chunk->next);
    }
    if (!chunk || chunk->length < frame_header) {
        throw_damaged();
    }
    FirstFrame frame;
    frame.left = std::uint64_t{2} * file.u24(chunk->data_at, little).value_or(0);
    frame.top = std::uint64_t{2} * file.u24(chunk->data_at + 3, little).value_or(0);
    frame.width = std::uint64_t{1} + file.u24(chunk->data_at + 6, little).value_or(0);
    frame.height = std::uint64_t{1} + file.u24(chunk->data_at + 9, little).value_or(0);
    const std::uint64_t canvas_width = std::uint64_t{1} + file.u24(first_chunk + 12, little).value_or(0);
    const std::uint64_t canvas_height = std::uint64_t{1} + file.u24(first_chunk + 15, little).value_or(0);
    if (frame.left + frame.width > canvas_width || frame.top + frame.height > canvas_height) {
        throw_damaged();
    }
    const WebpChunk colours = colours_of(file, *chunk);
    const std::size_t padded = colours.length + (colours.length & 1);
    append(frame.file, "RIFF"sv);
    append_u32(frame.file, 4 + 8 + padded);
    append(frame.file, "WEBP"sv);
    const auto data = bytes.subspan(colours.name_at, 8 + colours.length);
    frame.file.insert(frame.file.end(), data.begin(), data.end());
    if (padded != colours.length) {
        frame.file.push_back(std::byte{0});
    }
    return frame;
}

}  // namespace hrn::image
