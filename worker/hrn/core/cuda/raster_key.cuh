// For the .cu files of this folder only: the face in a pixel's key. Equal depth goes to the higher face,
// hence the complement.
#pragma once

#include "worker/hrn/core/cuda/raster.hpp"

namespace hrn::core::cuda {

constexpr unsigned highest_face = 0xFFFFFFFEU;  // so that no key equals no_face

__device__ inline PixelKey key_of(unsigned depth, int face) {
    return (static_cast<PixelKey>(depth) << 32) | (highest_face - static_cast<unsigned>(face));
}
__device__ inline int face_of(PixelKey key) {
    return key == no_face ? -1 : static_cast<int>(highest_face - static_cast<unsigned>(key & 0xFFFFFFFFU));
}

}  // namespace hrn::core::cuda
