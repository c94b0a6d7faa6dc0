// The texture fit: 100 Adam steps over constant weights (core.md 10), one launch for a whole batch.
//
// A few images are fitted at a time, each by a fixed number of blocks. A block owns a strip of the texture's
// rows: its offset lies in shared memory, Adam's sums in registers. It computes the gradients of all pixels
// that show its texels, those on the seam to the strip above as well as that strip does, so that strips
// exchange nothing but the offsets of their first and last rows, and each waits for its two neighbours only.
// All blocks of an image must be on the device at once, hence a cooperative launch. No floating-point sum is
// shared between threads, so results repeat to the bit. Twin: core::TextureFit.
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
    int strips = 0;         // blocks of an image: 16 or 8; 0: the device cannot hold one image
    int slots = 0;          // images at a time
    int shared_pixels = 0;  // of a strip: more than these have their gradients in memory
    // Numbers that a slot needs.
    [[nodiscard]] std::size_t seam_numbers() const {
        return static_cast<std::size_t>(strips) * 4 * uv_side * 4;
    }
    [[nodiscard]] static std::size_t gradient_numbers() { return std::size_t{3} * view_pixels * 4; }
};
// For the current device; strips 0: the most that it can hold.
[[nodiscard]] FitPlan plan_fit(int strips = 0);

// A covered pixel as the fit needs it.
struct FitPixel {
    float weight[4];
    float constant[3];   // W C0 - target
    std::int32_t texel;  // the first of its four
};

// Per image but where a slot is named. Colours have three channels.
struct FitArrays {
    Lookup lookup;
    const float* start;          // C0, 256*256*3
    const std::uint8_t* target;  // 224*224*3 bytes
    float* texture;              // C0 + offset, 256*256*3
    float* last_offset;          // 256*256*3; may be null
    float* losses;  // fit_steps x 224*224: sqrt(1e-6 + |difference|^2) of each pixel; may be null
    // for use within the call
    FitPixel* pixels;  // 224*224
    float* gradients;  // per slot, FitPlan::gradient_numbers()
    float* seams;      // per slot, FitPlan::seam_numbers()
    unsigned* done;    // per slot, one for each strip
};

// `steps`: at most fit_steps.
void fit_textures(const FitArrays& arrays, const FitPlan& plan, const FitSchedule& schedule, int steps,
                  int images, Stream stream);

// W C - target for each listed pixel, 4 numbers a pixel of which the last is 0. Twin: core::render().
void render_difference(const Lookup& lookup, const float* texture, const std::uint8_t* target, int images,
                       float* difference, Stream stream);

}  // namespace hrn::core::cuda
