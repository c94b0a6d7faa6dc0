// What result.json says about one image, and its text (design.md 5; docs/formats.md describes each key).
//
// A plain value that the worker fills while it goes; result_json() is a pure function. Any thread.
// Frames: face_box and landmarks are pixels of the ORIGINAL photo (upright, before any shrinking), (0,0) at
// the centre of its first pixel, y down.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "worker/hrn/output/camera.hpp"
#include "worker/hrn/output/quality.hpp"
#include "worker/hrn/types.hpp"

namespace hrn::output {

// One face. The first one's members stand at the top of the document, further ones' in "faces".
struct FaceRecord {
    std::string folder;            // "" for the first face, "face_2", "face_3", …
    std::array<float, 4> box{};    // x1, y1, x2, y2
    std::vector<float> landmarks;  // 68 x (x, y)
    std::array<float, 257> coefficients{};
    std::string coefficients_from;  // "network" or "landmarks"
    std::string mask;               // "segmentation", "hull" or "none"
    bool texture_target_warped = false;
    CropToPhoto crop_to_photo;  // to pixels of the original photo
    Quality quality;
};

struct OutputEntry {
    std::string name;  // below the result directory: "mesh.obj", "face_2/mesh.obj"
    std::uint64_t bytes = 0;
    std::string sha256;  // 64 hexadecimal digits
};

struct ImageRecord {
    std::string format;         // "jpeg", "png", …
    int width = 0, height = 0;  // upright
    std::uint64_t bytes = 0;    // of the file
};

struct ResultRecord {
    std::string id;
    std::string source;  // REL: bytes as they are, any encoding
    std::string model;
    std::string device;
    std::string precision;
    std::string front_end;
    int attempts = 1;
    ImageRecord image;
    int faces_found = 0;             // by the detector; may be more than were reconstructed
    std::optional<FaceRecord> face;  // none: a simulated result
    std::vector<FaceRecord> further_faces;
    std::vector<std::pair<std::string, double>> stages;  // name, seconds, in order
    std::vector<OutputEntry> outputs;                    // every file but result.json itself
};

inline constexpr int result_schema = 1;

// The record of one reconstructed face. `frame_width` x `frame_height` is the image in whose pixels `aligned`
// is written, `photo_width` x `photo_height` the original's upright size. `folder` as in FaceRecord.
FaceRecord make_face_record(std::string folder, const Reconstruction& face, const AlignedFace& aligned,
                            const Topology& topology, int frame_width, int frame_height, int photo_width,
                            int photo_height);

// The document: UTF-8, indented, ends in a newline. Bytes of `source` that are not UTF-8 become U+FFFD;
// "source_bytes" always holds the exact bytes in base64. A number that is not finite becomes null.
std::string result_json(const ResultRecord& record);

}  // namespace hrn::output
