// What every front end does with a photo first: the limit of front.md 1.
//
// Pure functions, any thread; FaceFailure(image_too_small) for a photo that is almost a line.
#pragma once

#include <utility>

#include "worker/hrn/front/front_end.hpp"
#include "worker/hrn/image/long_side.hpp"

namespace hrn::front {

inline void take_photo(PreparedPhoto& prepared, Photo photo, bool keep_original) {
    prepared.original_width = photo.width;
    prepared.original_height = photo.height;
    if (!image::exceeds_limit(photo)) {
        prepared.photo = std::move(photo);
        return;
    }
    image::LimitedPhoto limited = image::limit_long_side(photo);
    prepared.photo = std::move(limited.photo);
    prepared.scale = limited.scale;
    if (keep_original) {
        prepared.original = std::move(photo);
    }
}

}  // namespace hrn::front
