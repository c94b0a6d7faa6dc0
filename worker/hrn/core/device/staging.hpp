// Between the faces of a batch and the pinned arrays that cross to the device.
//
// Pure functions of their arguments; the caller's thread and its Team. A crop of the wrong size is a bug of
// the caller (std::invalid_argument).
#pragma once

#include <span>

#include "worker/hrn/core/device/batch_buffers.hpp"
#include "worker/hrn/core/team.hpp"
#include "worker/hrn/types.hpp"

namespace hrn::core {

// The crops of all faces.
void pack(std::span<const AlignedFace> faces, const CrossingArrays& host, Team& team);

// One face's numbers. dense: with the dense mesh.
void unpack(const CrossingArrays& host, std::size_t image, std::size_t vertices, bool dense,
            Reconstruction& out);

// Queues the copies of a batch.
void copy_crops_in(const CrossingArrays& host, const CrossingArrays& device, std::size_t images,
                   cuda::Stream stream);
void copy_results_out(const CrossingArrays& device, const CrossingArrays& host, std::size_t images,
                      std::size_t vertices, bool dense, cuda::Stream stream);

}  // namespace hrn::core
