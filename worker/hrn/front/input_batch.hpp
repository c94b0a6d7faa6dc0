// From 8-bit pictures to the tensor that one of the front end's networks eats (front.md 2, 3, 5, 6).
//
// Two steps, because the first is the CPU's work and the second the device's: stage() gathers the pictures in
// memory that the device can read by itself, normalised() queues the rest on the current stream and waits for
// nothing.
//
// Immutable after construction, any thread, under c10::InferenceMode. std::invalid_argument for a picture of
// a wrong size: a bug of the caller.
#pragma once

#include <ATen/core/Tensor.h>

#include <array>
#include <span>

#include "worker/hrn/front/network_input.hpp"
#include "worker/hrn/networks/placement.hpp"

namespace hrn::front {

struct StagedInputs {
    at::Tensor pictures;  // for a device: n x side x side x 3 bytes, pinned; for the CPU: the finished floats
    at::Tensor frames;    // n x 4 int: top, bottom, left, right of each picture; none where all are full
};

class InputBatch {
public:
    InputBatch(InputKind kind, const networks::Placement& placement);

    // The side of the network's square input.
    [[nodiscard]] int side() const;
    [[nodiscard]] StagedInputs stage(std::span<const NetworkInput> inputs) const;
    // n x 3 x side x side, of the placement's type, on its device, channels last.
    [[nodiscard]] at::Tensor normalised(const StagedInputs& staged) const;

private:
    void check(const NetworkInput& input) const;
    [[nodiscard]] at::Tensor stage_planes(std::span<const NetworkInput> inputs) const;

    InputKind kind_;
    networks::Placement placement_;
    at::Tensor less_, times_, over_;  // per channel; what the kind has no use for is undefined
};

}  // namespace hrn::front
