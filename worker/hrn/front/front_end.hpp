// The front end: from a decoded photo to aligned faces (front.md). Two kinds with one interface: the official
// chain of networks (front.md 2-9) and the built-in one on dlib (front.md 11).
//
// Owned by the worker process: one per device, made while the model loads, destroyed after its threads ended.
// prepare() and align() may be called by any number of threads at once. A PreparedPhoto belongs to whoever
// holds the pointer and outlives no FrontEnd.
//
// Failures: what is wrong with a photo is a FrontResult with an error; the other photos of the batch are not
// touched by it. make_front_end throws model::ModelError (a file is missing or wrong: the operator's).
// align() lets errors of the device (c10::Error and kin) through: they concern the whole batch.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "worker/hrn/face_error.hpp"
#include "worker/hrn/types.hpp"

namespace hrn::model {
class ModelDirectory;
}

namespace hrn::front {

enum class FrontEndChoice : std::uint8_t {
    automatic,
    official,
    dlib
};                                                             // [model] front_end = auto | hrn | dlib
enum class FaceChoice : std::uint8_t { first, largest, all };  // [model] faces

struct FrontEndOptions {
    FrontEndChoice kind = FrontEndChoice::automatic;  // automatic: official when all its files are there
    FaceChoice faces = FaceChoice::first;             // first: the detector's best, as officially
    // dlib's predictor of 68 points; read for the dlib front end only.
    std::filesystem::path landmarks = "/usr/share/dlib/shape_predictor_68_face_landmarks.dat";
    std::string device = "cpu";      // as LibTorch spells it: "cpu", "cuda", "cuda:0"; official only
    std::string precision = "fp32";  // fp32 | tf32 | fp16 | bf16; official only
    int threads = 1;  // for per-image CPU work inside align(), shared by its callers; official only
    bool keep_original = false;  // keep the photo before the shrink of front.md 1 in PreparedPhoto
};

// A photo with the work done on it that needs no network.
class PreparedPhoto {
public:
    virtual ~PreparedPhoto() = default;
    Photo photo;             // what all results refer to: long side <= 2000 px (front.md 1)
    double scale = 1;        // photo pixels per pixel of the original (1 unless it was shrunk)
    int original_width = 0;  // of the decoded, upright original
    int original_height = 0;
    std::optional<Photo> original;  // only with keep_original, and only if it was shrunk

protected:
    PreparedPhoto() = default;
    PreparedPhoto(const PreparedPhoto&) = delete;
    PreparedPhoto& operator=(const PreparedPhoto&) = delete;
};

// Exactly one of: at least one face (the first is the one officially used), or an error.
struct FrontResult {
    std::vector<AlignedFace> faces;
    int faces_detected = 0;  // what the detector found, used or not
    std::optional<FaceError> error;
};

class FrontEnd {
public:
    virtual ~FrontEnd() = default;
    [[nodiscard]] virtual FrontEndKind kind() const = 0;
    // What the operator should know about how it was loaded (a segmentation graph that cannot be run), one
    // line each; fixed after warm_up().
    [[nodiscard]] const std::vector<std::string>& warnings() const { return warnings_; }
    // All CPU work on one upright RGB photo that needs no network. Never null.
    [[nodiscard]] virtual std::unique_ptr<PreparedPhoto> prepare(Photo photo) = 0;
    // One result per photo, in order; networks are batched over the photos. Each photo is given once:
    // its result may be moved out of it.
    [[nodiscard]] virtual std::vector<FrontResult> align(std::span<PreparedPhoto* const> photos) = 0;

    // Every network once with a batch of that size, whatever it finds; nothing where there are none. One
    // thread, before the first align(); the largest batch comes first, and none is larger later.
    virtual void warm_up(int batch) = 0;

protected:
    std::vector<std::string> warnings_;
};

// Chooses the kind and loads what it needs from the model directory (always assets/similarity_Lm3D_all.mat).
[[nodiscard]] std::unique_ptr<FrontEnd> make_front_end(const model::ModelDirectory& directory,
                                                       const FrontEndOptions& options);

}  // namespace hrn::front
