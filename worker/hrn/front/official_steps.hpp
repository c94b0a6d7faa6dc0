// The steps of the official chain over many faces at once (front.md 2-6, 9): each takes a list, runs the
// Torch-free work per face and its network in batches, and answers per face: a value, or why there is none.
//
// Any number of threads, each with a batch of its own; a common crew does the per-face work. One face's
// FaceFailure becomes its own error and touches nobody else's.
#pragma once

#include <opencv2/core/mat.hpp>
#include <variant>
#include <vector>

#include "worker/hrn/face_error.hpp"
#include "worker/hrn/front/crew.hpp"
#include "worker/hrn/front/landmarks_68.hpp"
#include "worker/hrn/front/official_networks.hpp"
#include "worker/hrn/front/points.hpp"

namespace hrn::front {

template <typename Value>
using Outcome = std::variant<Value, FaceError>;

template <typename Value>
[[nodiscard]] const FaceError* error_of(const Outcome<Value>& outcome) {
    return std::get_if<FaceError>(&outcome);
}

// Runs the function and turns its FaceFailure into a value.
template <typename Value, typename Function>
[[nodiscard]] Outcome<Value> attempt(Function function) {
    try {
        return function();
    } catch (const FaceFailure& failure) {
        return failure.error();
    }
}

// What every step works with.
struct Tools {
    const OfficialNetworks& networks;
    Crew& crew;
};

// The faces of each input by falling score.
[[nodiscard]] std::vector<std::vector<RetinaFace>> detect(const Tools& tools,
                                                          const std::vector<const RetinaInput*>& inputs);

struct FaceInImage {
    cv::Mat rgb;  // in the channel order that the networks are to see
    Box box;
};
// Both passes.
[[nodiscard]] std::vector<Outcome<Points106>> find_106(const Tools& tools,
                                                       const std::vector<FaceInImage>& faces);

struct FivePointsInPhoto {
    cv::Mat rgb;
    FivePoints points;
};
// Crop A, S3FD, FAN: the 68 landmarks in photo pixels.
[[nodiscard]] std::vector<Outcome<Points68>> find_68(const Tools& tools,
                                                     const std::vector<FivePointsInPhoto>& faces);

struct TextureTarget {
    std::vector<std::uint8_t> image_224;
    bool warped = false;
};
// The 224 crops (RGB, 224 x 224 x 3) warped outwards where a face is found in their enlargement.
[[nodiscard]] std::vector<TextureTarget> make_texture_targets(
    const Tools& tools, const std::vector<const std::vector<std::uint8_t>*>& crops);

}  // namespace hrn::front
