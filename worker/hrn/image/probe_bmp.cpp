// BMP: the file header and one of its information headers.
#include "worker/hrn/image/format_probes.hpp"

namespace hrn::image {
namespace {

constexpr std::uint32_t core_header_size = 12;   // OS/2, 16-bit sizes
constexpr std::uint32_t usual_header_size = 40;  // later ones only append to it
constexpr std::uint32_t uncompressed = 0;
constexpr std::uint32_t rle8 = 1;
constexpr std::uint32_t rle4 = 2;
constexpr std::uint32_t bit_fields = 3;

std::uint64_t magnitude(std::uint32_t signed_word) {
    const auto value = static_cast<std::int64_t>(static_cast<std::int32_t>(signed_word));
    return static_cast<std::uint64_t>(value < 0 ? -value : value);
}

int channels_of(std::uint32_t bits) {
    return bits <= 8 ? 1 : bits == 32 ? 4 : 3;
}

}  // namespace

Header bmp_header(ByteView file) {
    constexpr auto little = ByteOrder::little;
    const auto header_size = file.u32(14, little);
    if (!header_size || !file.has(14, *header_size)) {
        return unreadable(Format::bmp, "ends inside its header");
    }
    ImageInfo info;
    info.format = Format::bmp;
    std::uint32_t bits = 0;
    std::uint32_t compression = uncompressed;
    if (*header_size == core_header_size) {
        info.width = file.u16(18, little).value_or(0);
        info.height = file.u16(20, little).value_or(0);
        bits = file.u16(24, little).value_or(0);
    } else if (*header_size >= usual_header_size) {
        const std::uint32_t width = file.u32(18, little).value_or(0);
        if (static_cast<std::int32_t>(width) < 0) {
            return unreadable(Format::bmp, "has a negative width");
        }
        info.width = width;
        info.height = magnitude(file.u32(22, little).value_or(0));  // negative: the top row comes first
        bits = file.u16(28, little).value_or(0);
        compression = file.u32(30, little).value_or(0);
    } else {
        return unreadable(Format::bmp, "has a header of unknown size " + std::to_string(*header_size));
    }
    if (bits != 1 && bits != 4 && bits != 8 && bits != 16 && bits != 24 && bits != 32) {
        return unreadable(Format::bmp, "has " + std::to_string(bits) + " bits per pixel");
    }
    if (compression > bit_fields) {
        return unsupported(Format::bmp, "wraps another format, which cannot be decoded here");
    }
    if ((compression == rle8 && bits != 8) || (compression == rle4 && bits != 4) ||
        (compression == bit_fields && bits != 16 && bits != 32)) {
        return unreadable(Format::bmp, "has a compression that does not go with its pixels");
    }
    info.bits_per_channel = bits == 16 ? 5 : bits < 8 ? static_cast<int>(bits) : 8;
    info.channels = channels_of(bits);
    return info;
}

Fault bmp_whole(ByteView file) {
    constexpr auto little = ByteOrder::little;
    const bool core = file.u32(14, little) == core_header_size;
    const std::uint32_t compression = core ? uncompressed : file.u32(30, little).value_or(0);
    const std::uint64_t data_at = file.u32(10, little).value_or(0);
    if (data_at >= file.size()) {
        return unreadable(Format::bmp, "is cut short: it ends before its pixels");
    }
    if (compression == rle8 || compression == rle4) {
        return std::nullopt;  // its length is known to the decoder only, which reports a missing end
    }
    const std::uint64_t width = core ? file.u16(18, little).value_or(0) : file.u32(18, little).value_or(0);
    const std::uint64_t height =
        core ? file.u16(20, little).value_or(0) : magnitude(file.u32(22, little).value_or(0));
    const std::uint64_t bits = file.u16(core ? 24 : 28, little).value_or(0);
    const std::uint64_t row = (width * bits + 31) / 32 * 4;  // rows end on four bytes; below 2^37
    // height is at most 2^31, so the product stays below 2^64 after this check of its factors.
    if (row != 0 && height > (file.size() - data_at) / row) {
        return unreadable(Format::bmp, "is cut short: pixel rows are missing");
    }
    return std::nullopt;
}

}  // namespace hrn::image
