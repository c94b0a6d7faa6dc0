// At which steps a face's numbers can become infinite or NaN, in the order of core.md, and how that is said.
//
// Constants, any thread.
#pragma once

#include <array>
#include <cstddef>
#include <string>
#include <string_view>

#include "worker/hrn/face_error.hpp"

namespace hrn::core {

enum class Trouble : int {
    none,
    coefficient_network,
    landmark_fit,
    projection,
    de_retouching,
    mid_frequency,
    deformed_projection,
    high_frequency,
    result,
};

inline constexpr std::array<std::string_view, 9> trouble_places = {
    "nothing",
    "the coefficient network",
    "the fit to its landmarks",
    "the projection into the image",
    "the de-retouching network",
    "the mid-frequency network",
    "the projection of the deformed shape",
    "the high-frequency network",
    "the mesh or its texture",
};

inline FaceError error_of(Trouble trouble) {
    return {FaceErrorCode::numerical_failure,
            "the numbers of this face became infinite or NaN in " +
                std::string(trouble_places[static_cast<std::size_t>(trouble)])};
}

}  // namespace hrn::core
