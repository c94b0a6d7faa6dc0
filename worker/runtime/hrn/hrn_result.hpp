// From reconstructed faces to the files of a result directory: worker/hrn/output's files for each face, their
// checksums, and result.json.
//
// Pure functions of their arguments; any thread. Throws TaskFailed(numerical_failure) for numbers from which
// no file can be made.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "worker/hrn/output/output_set.hpp"
#include "worker/hrn/output/result_record.hpp"
#include "worker/hrn/types.hpp"
#include "worker/runtime/work.hpp"

namespace hrn::runtime {

// The same for every result of a worker; made while it loads.
struct ResultContext {
    output::MeshTemplate mesh;
    output::OutputOptions options;
    std::string model;
    std::string device;
    std::string precision;
    std::string front_end;
};

struct ComputedFace {
    AlignedFace aligned;
    Reconstruction face;
};

// Everything about one photo that its result needs.
struct ComputedPhoto {
    std::vector<ComputedFace> faces;  // at least one; the first is the photo's
    int faces_found = 0;
    output::ImageRecord image;  // width and height: the upright original
    int frame_width = 0;        // of the image in whose pixels the faces are written
    int frame_height = 0;
    std::optional<Photo> photo;  // only where outputs are made from it (needs_photo)
};

// Do these outputs look at the photo itself?
[[nodiscard]] bool needs_photo(const output::OutputOptions& options);

[[nodiscard]] Outputs make_outputs(const ComputedPhoto& photo, const TaskFacts& facts,
                                   const ResultContext& context);

}  // namespace hrn::runtime
