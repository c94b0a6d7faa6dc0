// Running everything once before the first image (design.md 7): libraries choose their algorithms, kernels
// are loaded, launches are recorded and memory is reserved for every batch size that will be used: the powers
// of two, of which the networks put all others together.
//
// First infer thread, while loading. Errors of the device come out as they are.
#pragma once

#include "worker/hrn/core/core.hpp"
#include "worker/hrn/front/front_end.hpp"

namespace hrn::runtime {

// From the largest batch down to one, so that the memory reserved first serves all of them.
void warm_up_batches(front::FrontEnd& front_end, core::Core& core, int largest_batch);

}  // namespace hrn::runtime
