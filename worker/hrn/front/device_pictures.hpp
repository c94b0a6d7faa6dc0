// The official chain on a device: pictures that never leave it between two networks, how they are cut out of
// photos and of each other, and the networks that take them. The bytes are those of the functions for the
// CPU.
//
// An interface without Torch, so that the chain's steps need none. Owned by the official networks; any number
// of threads. Everything is queued on the device in the order of the calls; only what gives back numbers or
// bytes waits for it. Errors of the device come out as c10::Error or networks::cuda::LaunchError.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <opencv2/core/mat.hpp>
#include <optional>
#include <span>
#include <vector>

#include "worker/hrn/front/alignment.hpp"
#include "worker/hrn/front/crew.hpp"
#include "worker/hrn/front/face_contours.hpp"
#include "worker/hrn/front/retina_boxes.hpp"
#include "worker/hrn/front/s3fd_boxes.hpp"

namespace hrn::front {

// A batch of square RGB pictures in the device's memory, 8 bit.
class DevicePictures {
public:
    virtual ~DevicePictures() = default;
    [[nodiscard]] virtual std::size_t count() const = 0;
    [[nodiscard]] virtual int side() const = 0;

protected:
    DevicePictures() = default;
    DevicePictures(const DevicePictures&) = default;
    DevicePictures& operator=(const DevicePictures&) = default;
};
using DevicePicturesPointer = std::shared_ptr<const DevicePictures>;

// A rectangle to be cut out; what lies outside of its picture has the border's colour.
struct PictureCut {
    std::size_t picture = 0;  // among DevicePictures
    cv::Rect wanted;
};
struct PhotoCut {
    cv::Mat photo;  // in the machine's memory
    cv::Rect wanted;
};
struct SquareStyle {
    int side = 224;        // of the result; cubic: a multiple of 32
    bool cubic = false;    // cv::INTER_CUBIC, else cv::INTER_LINEAR
    bool swapped = false;  // red and blue change places
    std::array<std::uint8_t, 3> border{};
};

// Both crops of a face (front.md 7).
struct CropFrames {
    const Photo* photo = nullptr;
    CropFrame small, large;
};
struct CropBytes {
    std::vector<std::uint8_t> image_224, image_512;
};
struct AlignedCrops {
    DevicePicturesPointer small;   // the 224 crops, still on the device
    std::vector<CropBytes> bytes;  // the same and the 512 crops, in the machine's memory
};

// A 224 crop and the contours along which it is to be warped, in pixels of its enlargement.
struct WarpOrder {
    std::size_t picture = 0;
    FaceContours contours;
};

class DeviceChain {
public:
    virtual ~DeviceChain() = default;

    // The crew copies the photos' parts for the device.
    [[nodiscard]] virtual DevicePicturesPointer cut(std::span<const PhotoCut> cuts, const SquareStyle& style,
                                                    Crew& crew) const = 0;
    [[nodiscard]] virtual DevicePicturesPointer cut(const DevicePictures& from,
                                                    std::span<const PictureCut> cuts,
                                                    const SquareStyle& style) const = 0;
    [[nodiscard]] virtual AlignedCrops aligned_crops(std::span<const CropFrames> faces, Crew& crew) const = 0;
    // As fat_face(): nothing where there is no room for a warp.
    [[nodiscard]] virtual std::vector<std::optional<std::vector<std::uint8_t>>> warped(
        const DevicePictures& crops_224, std::span<const WarpOrder> orders, Crew& crew) const = 0;

    // As those of OfficialNetworks. The detector without its landmarks.
    [[nodiscard]] virtual std::vector<RetinaRaw> retina(const DevicePictures& pictures) const = 0;
    [[nodiscard]] virtual std::vector<std::vector<float>> logits_106(
        const DevicePictures& pictures) const = 0;
    [[nodiscard]] virtual std::vector<std::array<S3fdLevel, s3fd_levels>> s3fd(
        const DevicePictures& pictures) const = 0;
    [[nodiscard]] virtual std::vector<std::vector<float>> heat_maps(const DevicePictures& pictures) const = 0;
};

}  // namespace hrn::front
