// The HRN core as the worker uses it: aligned faces in, reconstructed faces out (core.md). On a GPU networks
// and geometry run there from the crops on (device/device_core.hpp), on a CPU both run on it.
//
// One per device, made while the model loads; owned by the worker process. run() is called by one thread at
// a time (the one that owns the device); everything else is constant after construction and any thread may
// read it. The constructor sets switches of LibTorch that hold for the process (threads, TF32, determinism;
// on the CPU also the allocator of large tensors, see networks/tensor_pool.hpp).
//
// Failures: model::ModelError from the constructor (the model's files, the operator's to mend);
// std::invalid_argument from the constructor for a device or precision that cannot be had. A face for which
// the numbers go out of range gets an error of its own and harms no other face of the batch. Errors of the
// device (c10::Error and kin) come out of run() and concern the whole batch.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "worker/hrn/face_error.hpp"
#include "worker/hrn/types.hpp"

namespace hrn::model {
class ModelDirectory;
}

namespace hrn::core {

struct CoreOptions {
    std::string device = "cpu";      // as LibTorch spells it: "cpu", "cuda", "cuda:0"
    std::string precision = "fp32";  // fp32 | tf32 | fp16 | bf16; a CPU computes in fp32 only
    int threads = 1;                 // CPU threads for networks, geometry and copies
    bool dense = true;               // false: results come without the dense mesh
};

// Exactly one of the two.
struct CoreResult {
    std::optional<Reconstruction> face;
    std::optional<FaceError> error;
};

// What is the same for every face of a model, for those who write files.
struct Topology {
    std::int64_t vertex_count = 0;
    std::vector<std::array<int, 3>>
        faces;               // F x 3, vertex indices from 0, counter-clockwise seen from outside
    std::vector<float> uvs;  // N x 2: u, v in 0..1, v up
    // Faces of the dense mesh over the 256 x 256 UV grid (index = row * 256 + column; core.md 8, 13),
    // counter-clockwise seen from outside. Those with a corner outside the face are to be left out.
    std::vector<std::array<int, 3>> dense_faces;
    std::array<int, 68> landmark_vertices{};
};

// Seconds spent in run() so far, summed over faces; the device's work is waited for within its part.
struct CoreTimes {
    double networks = 0;
    double geometry = 0;  // shape, maps, normals, light
    double raster = 0;
    double fit = 0;
};

// One step of a batch.
struct StageTime {
    std::string name;
    double seconds = 0;
};

class Core {
public:
    Core(const model::ModelDirectory& directory, const CoreOptions& options);
    ~Core();
    Core(const Core&) = delete;
    Core& operator=(const Core&) = delete;

    // Once, before the first run, for batches of up to `largest` faces: finds out with which batch sizes a
    // GPU gives the same bits, and keeps to those. Nothing on a CPU.
    void settle(int largest);
    // What the operator should know after that, one line each.
    [[nodiscard]] const std::vector<std::string>& warnings() const { return warnings_; }

    // One result per face, in order. A face's result does not depend on the others of the batch: on the CPU
    // to the bit, on a GPU too once it is settled; before that as far as its libraries do not choose
    // algorithms by batch size. `progress` is called on this thread between the steps, so that the caller can
    // tell long from stuck.
    [[nodiscard]] std::vector<CoreResult> run(
        std::span<const AlignedFace> faces, const std::function<void()>& progress = [] {});

    [[nodiscard]] const Topology& topology() const;
    // "network", or "landmarks" when the model says so or has no coefficient network (design.md 11).
    [[nodiscard]] const std::string& coefficients_from() const;
    [[nodiscard]] CoreTimes times() const;
    // The steps of the last run (of its last batch), in order: as the device timed them, or those of
    // CoreTimes on a CPU.
    [[nodiscard]] std::vector<StageTime> last_stages() const;

private:
    class Pipeline;
    std::unique_ptr<Pipeline> pipeline_;
    std::vector<std::string> warnings_;
};

}  // namespace hrn::core
