// The structure of TIFF files and EXIF blocks: byte order, directories of tagged values.
//
// Values over a ByteView that the caller passes again to each look-up; any thread. All reads are checked,
// anything damaged is "nothing". The work of one call is bounded by the directory's 65,535 entries.
#pragma once

#include <cstdint>
#include <optional>

#include "worker/hrn/image/byte_view.hpp"

namespace hrn::image {

namespace tiff_tag {
inline constexpr std::uint32_t width = 256;
inline constexpr std::uint32_t height = 257;
inline constexpr std::uint32_t bits_per_sample = 258;
inline constexpr std::uint32_t strip_offsets = 273;
inline constexpr std::uint32_t orientation = 274;
inline constexpr std::uint32_t samples_per_pixel = 277;
inline constexpr std::uint32_t strip_bytes = 279;
inline constexpr std::uint32_t tile_offsets = 324;
inline constexpr std::uint32_t tile_bytes = 325;
}  // namespace tiff_tag

struct TiffHeader {
    ByteOrder order = ByteOrder::little;
    std::size_t first_directory = 0;
};

// Of a whole file or block; nothing unless it begins with "II*\0" or "MM\0*".
[[nodiscard]] std::optional<TiffHeader> tiff_file_header(ByteView file);

struct TiffDirectory {
    ByteOrder order = ByteOrder::little;
    std::size_t entries_at = 0;
    std::uint32_t entry_count = 0;
    std::size_t next_directory = 0;  // 0: the last one

    struct Field {
        std::uint32_t type = 0;
        std::uint64_t count = 0;
        std::size_t values_at = 0;  // all of them lie inside the file
        std::size_t value_size = 0;
        std::size_t entry_at = 0;
    };
    [[nodiscard]] std::optional<Field> field(ByteView file, std::uint32_t tag) const;
    // The first value of a tag of an unsigned integer type.
    [[nodiscard]] std::optional<std::uint64_t> number(ByteView file, std::uint32_t tag) const;
    [[nodiscard]] std::optional<std::uint64_t> number(ByteView file, const Field& field,
                                                      std::uint64_t index) const;
};

// The directory at that offset; nothing if its entries do not fit into the file.
[[nodiscard]] std::optional<TiffDirectory> tiff_directory(ByteView file, ByteOrder order, std::size_t at);

}  // namespace hrn::image
