// What the steps of a reconstruction hand to each other: the aligned face (front end -> core) and the
// reconstructed face (core -> output). Plain values without LibTorch or OpenCV, so that every layer,
// test and tool can hold them.
//
// Owned by whoever holds them; moved from thread to thread, never shared while being written.
// Frames: image pixels have (0,0) at the centre of the first pixel and y DOWN unless a name says y up;
// world is in decimetres, x right, y up, z towards the camera, which stands at z = 10 (spec core.md 4).
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

namespace hrn {

// An RGB photo, 8 bit, row-major, upright (EXIF orientation applied).
struct Photo {
    int width = 0;
    int height = 0;
    std::vector<std::uint8_t> rgb;  // 3 * width * height
};

enum class FrontEndKind : std::uint8_t { official, dlib };
enum class MaskSource : std::uint8_t { segmentation, hull, none };

// One face of a photo, cut out and turned into what the core eats (core.md 1).
struct AlignedFace {
    std::vector<std::uint8_t> image_224;           // 224*224*3 RGB
    std::vector<std::uint8_t> image_512;           // 512*512*3 RGB, its own resampling of the photo
    std::vector<std::uint8_t> mask_224;            // 224*224, face probability * 255
    std::vector<std::uint8_t> texture_target_224;  // 224*224*3 RGB, image_224 warped outwards
    std::array<float, 136> landmarks_photo{};      // 68 x (x, y), pixels of the photo, y down
    std::array<float, 136> landmarks_224{};        // 68 x (x, y), pixels of the crop, y UP (front.md 7)
    std::array<float, 4> box{};                    // x1, y1, x2, y2 in photo pixels
    float detector_score = 0;                      // the detector's own scale
    // Photo pixels of a crop point at size T in {224, 512}: left/top edge and scale of the crop.
    // photo_x = (crop_x + left) / scale, with the scale of that T (front.md 7: s, left, up).
    double scale_224 = 1, left_224 = 0, up_224 = 0;
    double scale_512 = 1, left_512 = 0, up_512 = 0;
    FrontEndKind front_end = FrontEndKind::dlib;
    MaskSource mask = MaskSource::none;
    bool warped = false;  // false: the texture target is the unwarped crop (front.md 9, no face found there)
};

// One reconstructed face. N vertices, topology (faces, UVs) is the model's and not repeated here.
struct Reconstruction {
    std::array<float, 257> coefficients{};  // id 80, exp 64, tex 80, angles 3, gamma 27, trans 3 (core.md 4)
    std::vector<float> vertices;            // N x 3, world, as the official output (core.md 11)
    std::vector<float> normals;             // N x 3, unit
    std::vector<float> texture;             // 256*256*3, RGB, 1.0 = white, not clamped; row 0 is v = 1
    std::vector<float> projected_68;        // 68 x (x, y) of the final mesh, 224 px, y UP
    // The dense mesh of the authors' repository: X + h n on the 256x256 UV grid (core.md 13), world.
    std::vector<float> dense_positions;       // 256*256*3; texels outside the face are exactly 0
    std::vector<float> dense_normals;         // 256*256*3, detail normals of core.md 8
    std::vector<float> smoothed_mask;         // 256*256, Vs of core.md 7
    std::vector<std::uint8_t> rendered_mask;  // 224*224, 1 where the 224 raster covered (core.md 9)
    // N: 1 where the photo shows the vertex well (output/quality.hpp); empty where nobody has looked yet.
    std::vector<std::uint8_t> seen;
    std::string coefficients_from;  // "network" or "landmarks" (design.md 11)
};

}  // namespace hrn
