// How far a result can be trusted, in numbers, and when it is called suspect.
//
// Pure functions; any thread. Diagnostics: std::invalid_argument for sizes that do not fit together.
#pragma once

#include <string>
#include <vector>

#include "worker/hrn/output/topology.hpp"
#include "worker/hrn/types.hpp"

namespace hrn::output {

struct Quality {
    float detector_score = 0;  // the detector's own scale
    // Mean distance between the mesh's 68 landmarks and those found in the photo, pixels of the 224 crop.
    float landmark_error = 0;
    float yaw_degrees = 0;  // the face's turn about the vertical; positive: it looks to the image's right
    // Share of the face's texture area that the photo really showed: turned to the camera by less than 75
    // degrees, not hidden, inside the crop and in the face mask. 0..1.
    float visible_texture = 0;
    // Why the result is suspect: "landmark_error", "profile", "little_visible", "not_finite". Empty: it is
    // not.
    std::vector<std::string> suspicions;

    [[nodiscard]] bool suspect() const { return !suspicions.empty(); }
};

// Per vertex: 1 where the photo shows it well, else 0 (what visible_texture counts).
[[nodiscard]] std::vector<std::uint8_t> seen_in_photo(const Reconstruction& face, const AlignedFace& aligned,
                                                      const Topology& topology);

// Takes Reconstruction::seen where it is filled in, which has to be what seen_in_photo() gives.
Quality judge(const Reconstruction& face, const AlignedFace& aligned, const Topology& topology);

// Where the limits of `suspicions` stand.
struct QualityLimits {
    // About 8 % of the distance between the eyes' outer corners (some 95 px in the crop): landmark benchmarks
    // call more than that a failure.
    float max_landmark_error = 8;
    float max_yaw_degrees = 60;         // beyond, the 68 landmarks are mostly guesses
    float min_visible_texture = 0.25F;  // a clean three-quarter view shows about half
};
std::vector<std::string> suspicions_of(const Quality& quality, const QualityLimits& limits = {});

}  // namespace hrn::output
