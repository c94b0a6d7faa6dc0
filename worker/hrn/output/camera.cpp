#include "worker/hrn/output/camera.hpp"

#include <cmath>
#include <stdexcept>
#include <string>

namespace hrn::output {

CropToPhoto crop_to_photo(const AlignedFace& face, int frame_width, int frame_height, int photo_width,
                          int photo_height) {
    const double resized_width = std::trunc(frame_width * face.scale_224);
    const double resized_height = std::trunc(frame_height * face.scale_224);
    if (frame_width <= 0 || frame_height <= 0 || photo_width <= 0 || photo_height <= 0 ||
        !(resized_width >= 1) || !(resized_height >= 1)) {
        throw std::invalid_argument("crop: a photo of " + std::to_string(frame_width) + " x " +
                                    std::to_string(frame_height) + " at scale " +
                                    std::to_string(face.scale_224) + " has no pixels");
    }
    CropToPhoto result;
    result.scale_x = photo_width / resized_width;
    result.scale_y = photo_height / resized_height;
    result.offset_x = face.left_224 * result.scale_x;
    result.offset_y = face.up_224 * result.scale_y;
    return result;
}

std::array<double, 9> rotation_matrix(const std::array<double, 3>& angles) {
    const double ca = std::cos(angles[0]), sa = std::sin(angles[0]);
    const double cb = std::cos(angles[1]), sb = std::sin(angles[1]);
    const double cc = std::cos(angles[2]), sc = std::sin(angles[2]);
    // The transpose of Rz(c) Ry(b) Rx(a), written out.
    return {cc * cb,
            sc * cb,
            -sb,  //
            cc * sb * sa - sc * ca,
            sc * sb * sa + cc * ca,
            cb * sa,  //
            cc * sb * ca + sc * sa,
            sc * sb * ca - cc * sa,
            cb * ca};
}

}  // namespace hrn::output
