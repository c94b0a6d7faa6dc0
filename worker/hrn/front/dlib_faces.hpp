// Faces and their 68 landmarks with dlib: HOG detector, then the shape predictor (front.md 11).
//
// Owned by the dlib front end. find() may be called by any number of threads at once: the predictor is
// shared, detectors (which are not thread-safe) are lent from a pool that grows to one per concurrent caller.
// dlib's headers stay in the .cpp.
//
// Diagnostics: the constructor throws model::ModelError when the predictor's file is missing or wrong.
// A photo without a face is an empty list.
#pragma once

#include <array>
#include <filesystem>
#include <memory>
#include <vector>

#include "worker/hrn/front/points.hpp"
#include "worker/hrn/types.hpp"

namespace hrn::front {

struct FoundFace {
    Box box;            // photo pixels
    double score = 0;   // the detector's confidence, about 0..3
    Points68 points{};  // photo pixels, whole numbers, y down
};

class DlibFaces {
public:
    explicit DlibFaces(const std::filesystem::path& predictor_file);
    ~DlibFaces();
    DlibFaces(const DlibFaces&) = delete;
    DlibFaces& operator=(const DlibFaces&) = delete;

    // By falling confidence. Detects at 640 pixels at most; where that finds nothing, once more at twice the
    // size for small faces.
    [[nodiscard]] std::vector<FoundFace> find(const Photo& photo) const;

private:
    struct Parts;
    std::unique_ptr<Parts> parts_;
};

}  // namespace hrn::front
