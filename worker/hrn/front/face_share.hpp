// How much of a picture does its largest face cover? A quick look for the complexity score: a reduced grey
// image, dlib's frontal HOG detector, no landmarks. Not the detector that a reconstruction uses.
//
// One object a thread (a detector is not thread-safe). Bytes are untrusted: what OpenCV cannot decode is
// FaceFailure(unreadable_image); the caller has probed the size before.
#pragma once

#include <cstddef>
#include <memory>
#include <span>

namespace hrn::front {

class FaceShare {
public:
    FaceShare();
    ~FaceShare();
    FaceShare(const FaceShare&) = delete;
    FaceShare& operator=(const FaceShare&) = delete;

    // 0..1 of the picture's area; 0: no face. `pixels` as the header says.
    [[nodiscard]] double largest(std::span<const std::byte> file, std::uint64_t pixels);

private:
    struct Parts;
    std::unique_ptr<Parts> parts_;
};

}  // namespace hrn::front
