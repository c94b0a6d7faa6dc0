#include "worker/runtime/hrn/warm_up.hpp"

#include <cmath>
#include <memory>
#include <numbers>
#include <vector>

namespace hrn::runtime {

namespace {

constexpr int kPhotoSide = 640;

// Numbers in range are enough: what comes out is thrown away.
AlignedFace grey_face() {
    AlignedFace face;
    face.image_224.assign(std::size_t{224} * 224 * 3, 128);
    face.image_512.assign(std::size_t{512} * 512 * 3, 128);
    face.mask_224.assign(std::size_t{224} * 224, 255);
    face.texture_target_224 = face.image_224;
    for (int i = 0; i < 68; ++i) {
        const double angle = 2 * std::numbers::pi * i / 68;
        const auto index = static_cast<std::size_t>(2 * i);
        face.landmarks_224[index] = static_cast<float>(112 + 60 * std::cos(angle));
        face.landmarks_224[index + 1] = static_cast<float>(112 + 60 * std::sin(angle));
    }
    face.landmarks_photo = face.landmarks_224;
    return face;
}

Photo grey_photo() {
    return {kPhotoSide, kPhotoSide, std::vector<std::uint8_t>(std::size_t{kPhotoSide} * kPhotoSide * 3, 128)};
}

void warm_up_front_end(front::FrontEnd& front_end, int batch) {
    std::vector<std::unique_ptr<front::PreparedPhoto>> prepared;
    std::vector<front::PreparedPhoto*> photos;
    for (int i = 0; i < batch; ++i) {
        prepared.push_back(front_end.prepare(grey_photo()));
        photos.push_back(prepared.back().get());
    }
    static_cast<void>(front_end.align(photos));
}

}  // namespace

void warm_up_batches(front::FrontEnd& front_end, core::Core& core, int largest_batch) {
    for (int batch = largest_batch; batch >= 1; --batch) {
        warm_up_front_end(front_end, batch);
        const std::vector<AlignedFace> faces(static_cast<std::size_t>(batch), grey_face());
        static_cast<void>(core.run(faces));
    }
}

}  // namespace hrn::runtime
