// Why one photo gives no face: the codes that image and front end can end a task with, as values. The names
// are those of the closed list of task errors (design.md 8); the runtime looks them up there by name, since
// nothing in worker/hrn knows the list itself.
//
// Plain values for any thread. Everything here is the photo's fault: the next photo of the batch goes on, the
// same photo is not tried again. Faults of the program, the device or the model are exceptions of other
// types.
#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

namespace hrn {

enum class FaceErrorCode : std::uint8_t {
    empty_file,          // no bytes
    unsupported_format,  // none of the formats that we decode, whatever its name says
    unreadable_image,    // one of them, but damaged or cut short
    too_many_pixels,     // over the configured limit; nothing was decoded
    image_too_small,     // a side under 16 px
    no_face,             // the detector found none
    face_cut_off,        // a face so near the border that its crop is empty
    numerical_failure,   // the numbers for this face became infinite or NaN on the way
};

// The code's name in results, reports and scripts.
constexpr std::string_view face_error_name(FaceErrorCode code) {
    switch (code) {
        case FaceErrorCode::empty_file:
            return "empty_file";
        case FaceErrorCode::unsupported_format:
            return "unsupported_format";
        case FaceErrorCode::unreadable_image:
            return "unreadable_image";
        case FaceErrorCode::too_many_pixels:
            return "too_many_pixels";
        case FaceErrorCode::image_too_small:
            return "image_too_small";
        case FaceErrorCode::no_face:
            return "no_face";
        case FaceErrorCode::face_cut_off:
            return "face_cut_off";
        case FaceErrorCode::numerical_failure:
            return "numerical_failure";
    }
    return "unreadable_image";  // unreachable for a valid enum
}

struct FaceError {
    FaceErrorCode code = FaceErrorCode::unreadable_image;
    std::string message;  // one sentence with the numbers that matter, for the operator
};

// The same as an exception, for code where a value would have to be passed up through many calls.
class FaceFailure : public std::runtime_error {
public:
    explicit FaceFailure(FaceError error) : std::runtime_error(error.message), error_(std::move(error)) {}
    FaceFailure(FaceErrorCode code, std::string message) : FaceFailure(FaceError{code, std::move(message)}) {}
    [[nodiscard]] const FaceError& error() const noexcept { return error_; }

private:
    FaceError error_;
};

}  // namespace hrn
