// The texture fit: 100 Adam steps over constant weights (core.md 10), one launch for a whole batch.
//
// A few images are fitted at a time, each by a fixed number of blocks that hold its offset and Adam's sums in
// shared memory and registers; only the gradients of pixels and the offset, as the pixels see it, pass
// through memory, and stay in the second-level cache. The blocks of an image wait for each other twice a
// step, hence a cooperative launch: all of them are on the device at once. No floating-point sum is shared
// between threads, so results repeat to the bit. Twin: core::TextureFit.
//
// Queue only, but plan_fit(); see arrays.hpp.
#pragma once

#include "worker/hrn/core/cuda/lookup.hpp"

namespace hrn::core::cuda {

inline constexpr int fit_steps = 100;

// Adam's numbers for each step, as core::adam_step() gives them.
struct FitSchedule {
    float size[fit_steps];
    float variance_scale[fit_steps];
};

// How the fit lies on a device. Fewer strips suit a device with few multiprocessors.
struct FitPlan {
    int strips = 0;  // blocks of an image: 16 or 8; 0: the device cannot hold one image
    int slots = 0;   // images at a time
};
// For the current device; strips 0: the most that it can hold.
[[nodiscard]] FitPlan plan_fit(int strips = 0);

// Per image but where a slot is named. Colours have three channels.
struct FitArrays {
    Lookup lookup;
    const float* start;          // C0, 256*256*3
    const std::uint8_t* target;  // 224*224*3 bytes
    float* texture;              // C0 + offset, 256*256*3
    float* last_offset;          // 256*256*3; may be null
    float* constant;             // 224*224 x 4: W C0 - target, for use within the call
    float* gradient;             // per slot, 224*224 x 4, for use within the call
    float* offset;               // per slot, 256*256 x 4, for use within the call
    unsigned* arrived;           // per slot, 1, for use within the call
    float* losses;  // fit_steps x 224*224: sqrt(1e-6 + |difference|^2) of each pixel; may be null
};

// `steps`: at most fit_steps.
void fit_textures(const FitArrays& arrays, const FitPlan& plan, const FitSchedule& schedule, int steps,
                  int images, Stream stream);

// W C - target for each listed pixel, 4 numbers a pixel of which the last is 0. Twin: core::render().
void render_difference(const Lookup& lookup, const float* texture, const std::uint8_t* target, int images,
                       float* difference, Stream stream);

}  // namespace hrn::core::cuda
