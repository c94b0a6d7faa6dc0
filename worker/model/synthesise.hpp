// Writes a whole synthetic model directory: the official one's files, names, shapes and formats, with
// numbers that a rule makes (design.md 11). Needs some 630 MB of disk and about as much memory.
//
// Uses all cores; one call at a time. Throws ModelError when the directory holds anything that synthesise
// has not written, or a file cannot be written. An interrupted call leaves a directory whose model.json says
// so, and which ModelDirectory refuses; the next call starts anew.
#pragma once

#include <cstdint>
#include <filesystem>

#include "worker/model/synthetic_face.hpp"
#include "worker/model/synthetic_numbers.hpp"

namespace hrn::model {

enum class Profile : std::uint8_t {
    test,  // every number as the golden numbers' model
    demo,  // output layers, alpha and beta zero; coefficients from landmarks, faces found by dlib
};

struct SynthesisOptions {
    Profile profile = Profile::test;
    std::uint64_t seed = default_seed;
    int grid = default_grid;  // vertices per side of the face, 8 to 255
};

// Did synthesise() write this directory, wholly, with these options? False for anything else.
[[nodiscard]] bool is_synthesised(const std::filesystem::path& directory, const SynthesisOptions& options);

void synthesise(const std::filesystem::path& directory, const SynthesisOptions& options);

}  // namespace hrn::model
