// The part of a photo that shows a mesh, at most as fine as the texture that will be made of it, and the way
// from the model's crop into it.
//
// Holds a view of the photo where nothing had to be shrunk: the photo must outlive it. Any thread.
#pragma once

#include <opencv2/core.hpp>

#include "worker/hrn/output/camera.hpp"
#include "worker/hrn/output/output_set.hpp"

namespace hrn::output {

// Continuous pixels.
struct PhotoPoint {
    float x, y;
};

inline PhotoPoint in_photo(const CropToPhoto& map, const CropPoint& point) {
    return {static_cast<float>(map.scale_x * double{point.x} + map.offset_x),
            static_cast<float>(map.scale_y * double{point.y} + map.offset_y)};
}

struct PhotoSource {
    cv::Mat pixels;  // RGB, 8 bit; empty: the mesh lies wholly outside the photo
    CropToPhoto from_crop;
};

// The way from the crop to the whole photo. Throws std::invalid_argument without a photo.
CropToPhoto map_to_photo(const AlignedFace& aligned, const PhotoOfFace& photo);

// For a texture of size x size. A photo with more than 1.25 pixels to a texel is shrunk by area averaging to
// one.
PhotoSource cut_source(const Reconstruction& face, const AlignedFace& aligned, const PhotoOfFace& photo,
                       const Topology& topology, int size);

}  // namespace hrn::output
