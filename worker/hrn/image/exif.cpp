#include "worker/hrn/image/exif.hpp"

#include "worker/hrn/image/tiff_directory.hpp"

namespace hrn::image {

using namespace std::string_view_literals;

int exif_orientation(ByteView block) {
    const std::optional<TiffHeader> header = tiff_file_header(block);
    if (!header) {
        return 1;
    }
    const std::optional<TiffDirectory> directory =
        tiff_directory(block, header->order, header->first_directory);
    if (!directory) {
        return 1;
    }
    const std::uint64_t value = directory->number(block, tiff_tag::orientation).value_or(1);
    return value >= 1 && value <= 8 ? static_cast<int>(value) : 1;
}

int exif_orientation_after_marker(ByteView block) {
    constexpr auto marker = "Exif\0\0"sv;
    return exif_orientation(block.starts_with(marker) ? block.part(marker.size(), block.size()) : block);
}

}  // namespace hrn::image
