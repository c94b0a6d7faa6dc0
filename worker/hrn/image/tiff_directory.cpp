#include "worker/hrn/image/tiff_directory.hpp"

namespace hrn::image {
namespace {

using namespace std::string_view_literals;

constexpr std::size_t entry_size = 12;

// Bytes per value by TIFF's type numbers 1..12; 0 for anything else.
std::size_t size_of_type(std::uint32_t type) {
    constexpr std::size_t sizes[] = {0, 1, 1, 2, 4, 8, 1, 1, 2, 4, 8, 4, 8};
    return type < std::size(sizes) ? sizes[type] : 0;
}

}  // namespace

std::optional<TiffHeader> tiff_file_header(ByteView file) {
    TiffHeader header;
    if (file.starts_with("II\x2A\x00"sv)) {
        header.order = ByteOrder::little;
    } else if (file.starts_with("MM\x00\x2A"sv)) {
        header.order = ByteOrder::big;
    } else {
        return std::nullopt;
    }
    const auto first = file.u32(4, header.order);
    if (!first) {
        return std::nullopt;
    }
    header.first_directory = *first;
    return header;
}

std::optional<TiffDirectory> tiff_directory(ByteView file, ByteOrder order, std::size_t at) {
    const auto count = file.u16(at, order);
    if (!count || !file.has(at + 2, *count * entry_size)) {
        return std::nullopt;
    }
    TiffDirectory directory;
    directory.order = order;
    directory.entries_at = at + 2;
    directory.entry_count = *count;
    directory.next_directory = file.u32(at + 2 + *count * entry_size, order).value_or(0);
    return directory;
}

std::optional<TiffDirectory::Field> TiffDirectory::field(ByteView file, std::uint32_t tag) const {
    for (std::uint32_t i = 0; i < entry_count; ++i) {
        const std::size_t at = entries_at + i * entry_size;
        if (file.u16(at, order) != tag) {
            continue;
        }
        Field found;
        found.entry_at = at;
        found.type = file.u16(at + 2, order).value_or(0);
        found.count = file.u32(at + 4, order).value_or(0);
        found.value_size = size_of_type(found.type);
        const std::uint64_t bytes = found.count * found.value_size;  // at most 2^32 * 8
        if (found.value_size == 0 || found.count == 0) {
            return std::nullopt;
        }
        found.values_at = bytes <= 4 ? at + 8 : file.u32(at + 8, order).value_or(0);
        if (!file.has(found.values_at, bytes)) {
            return std::nullopt;
        }
        return found;
    }
    return std::nullopt;
}

std::optional<std::uint64_t> TiffDirectory::number(ByteView file, const Field& field,
                                                   std::uint64_t index) const {
    if (index >= field.count) {
        return std::nullopt;
    }
    const std::size_t at = field.values_at + index * field.value_size;
    switch (field.type) {
        case 1:  // BYTE
            return file.u8(at);
        case 3:  // SHORT
            return file.u16(at, order);
        case 4:  // LONG
            return file.u32(at, order);
        default:
            return std::nullopt;
    }
}

std::optional<std::uint64_t> TiffDirectory::number(ByteView file, std::uint32_t tag) const {
    const std::optional<Field> found = field(file, tag);
    return found ? number(file, *found, 0) : std::nullopt;
}

}  // namespace hrn::image
