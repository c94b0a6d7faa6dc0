// The orientation tag of a TIFF-structured block (the EXIF data of JPEG, PNG and WebP, or a TIFF file
// itself).
//
// Pure function of the bytes, any thread, one pass over one directory; whatever is damaged means "upright",
// as in PIL.
#pragma once

#include "worker/hrn/image/byte_view.hpp"

namespace hrn::image {

// `block` starts with "II" or "MM". 1..8; 1 where there is no such tag.
[[nodiscard]] int exif_orientation(ByteView block);

// The same for a block that may have JPEG's "Exif\0\0" in front of it.
[[nodiscard]] int exif_orientation_after_marker(ByteView block);

}  // namespace hrn::image
