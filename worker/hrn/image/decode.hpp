// From the bytes of an image file to an upright RGB photo (front.md 1). Probes first, then hands the bytes to
// OpenCV's decoders, whose pixels equal PIL's.
//
// Any thread; several decodings may run at once. What is wrong with the file is thrown as FaceFailure
// (empty_file, unsupported_format, unreadable_image, too_many_pixels, image_too_small); std::bad_alloc if the
// picture does not fit into memory.
#pragma once

#include <cstddef>
#include <span>

#include "worker/hrn/image/image_probe.hpp"
#include "worker/hrn/types.hpp"

namespace hrn::image {

// EXIF orientation applied, grey and palette expanded, alpha dropped (not blended), 16 bit cut to the high
// byte (for grey too, where the official code clips almost everything to white), first frame of an animation.
[[nodiscard]] Photo decode(std::span<const std::byte> file, const ProbeLimits& limits = {});

}  // namespace hrn::image
