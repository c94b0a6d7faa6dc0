// TIFF: the first directory for the header, its strips or tiles for wholeness.
#include <string>

#include "worker/hrn/image/exif.hpp"
#include "worker/hrn/image/format_probes.hpp"
#include "worker/hrn/image/tiff_directory.hpp"

namespace hrn::image {
namespace {

struct FirstDirectory {
    TiffHeader header;
    TiffDirectory directory;
};

std::optional<FirstDirectory> first_directory(ByteView file) {
    const std::optional<TiffHeader> header = tiff_file_header(file);
    if (!header) {
        return std::nullopt;
    }
    const auto directory = tiff_directory(file, header->order, header->first_directory);
    if (!directory) {
        return std::nullopt;
    }
    return FirstDirectory{*header, *directory};
}

// Directories form a list of offsets that may run in a circle; the limit ends that.
int count_frames(ByteView file, const FirstDirectory& first) {
    int frames = 1;
    std::size_t next = first.directory.next_directory;
    while (next != 0 && frames < most_frames_counted) {
        const auto directory = tiff_directory(file, first.header.order, next);
        if (!directory) {
            break;
        }
        ++frames;
        next = directory->next_directory;
    }
    return frames;
}

}  // namespace

Header tiff_header(ByteView file) {
    const std::optional<FirstDirectory> first = first_directory(file);
    if (!first) {
        return unreadable(Format::tiff, "is cut short: its directory is missing");
    }
    const TiffDirectory& directory = first->directory;
    const auto width = directory.number(file, tiff_tag::width);
    const auto height = directory.number(file, tiff_tag::height);
    if (!width || !height) {
        return unreadable(Format::tiff, "does not say how large it is");
    }
    ImageInfo info;
    info.format = Format::tiff;
    info.width = *width;
    info.height = *height;
    const std::uint64_t bits = directory.number(file, tiff_tag::bits_per_sample).value_or(1);
    const std::uint64_t channels = directory.number(file, tiff_tag::samples_per_pixel).value_or(1);
    if (bits != 1 && bits != 2 && bits != 4 && bits != 8 && bits != 16) {
        return unsupported(Format::tiff,
                           "has " + std::to_string(bits) + " bits per sample; 1 to 16 are supported");
    }
    if (channels < 1 || channels > 16) {
        return unreadable(Format::tiff, "has " + std::to_string(channels) + " samples per pixel");
    }
    info.bits_per_channel = static_cast<int>(bits);
    info.channels = static_cast<int>(channels);
    info.orientation = exif_orientation(file);
    info.frames = count_frames(file, *first);
    return info;
}

Fault tiff_whole(ByteView file) {
    const std::optional<FirstDirectory> first = first_directory(file);
    if (!first) {
        return unreadable(Format::tiff, "is cut short: its directory is missing");
    }
    const TiffDirectory& directory = first->directory;
    const bool tiled = directory.field(file, tiff_tag::tile_offsets).has_value();
    const auto offsets = directory.field(file, tiled ? tiff_tag::tile_offsets : tiff_tag::strip_offsets);
    const auto lengths = directory.field(file, tiled ? tiff_tag::tile_bytes : tiff_tag::strip_bytes);
    if (!offsets) {
        return unreadable(Format::tiff, "is cut short: it does not say where its pixels are");
    }
    // Each value takes two bytes of the file at least, so the loop is linear in the file.
    for (std::uint64_t i = 0; i < offsets->count; ++i) {
        const std::uint64_t at = directory.number(file, *offsets, i).value_or(0);
        const std::uint64_t length = lengths ? directory.number(file, *lengths, i).value_or(1) : 1;
        if (!file.has(at, length)) {
            return unreadable(Format::tiff, "is cut short: picture data lie beyond its end");
        }
    }
    return std::nullopt;
}

}  // namespace hrn::image
