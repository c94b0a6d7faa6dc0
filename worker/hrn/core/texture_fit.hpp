// The texture fit: an offset to the texture is found by 100 Adam steps so that the rendered face equals the
// photo, with a smoothness term on the offset (core.md 10).
//
// The weights between texels and pixels are constant, so nothing is rasterised again. Each texel has the list
// of its pixels: sums run in a fixed order, and results repeat to the bit with any number of threads.
//
// Owned and used by one thread at a time.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "worker/hrn/core/team.hpp"
#include "worker/hrn/core/texture_lookup.hpp"
#include "worker/hrn/core/vec3.hpp"

namespace hrn::core {

inline constexpr int fit_steps = 100;

// Adam's numbers for its step t = 1, 2, ...
struct AdamStep {
    float size;            // learning rate / (1 - beta1^t)
    float variance_scale;  // sqrt(1 - beta2^t)
};
[[nodiscard]] AdamStep adam_step(int t);

class TextureFit {
public:
    // pixels: of the final mesh; start: C0, 256 x 256 x 3; target: 224 x 224 x 3, 0..1. The team must outlive
    // this object.
    TextureFit(std::span<const TexturePixel> pixels, const Map& start, const Map& target, Team& team);

    void step();
    // Mean over the covered pixels of sqrt(1e-6 + |difference|^2) before the last step; 0 before the first
    // step or without pixels. The 1.92 of the loss is not in it.
    [[nodiscard]] double photo_loss() const;
    [[nodiscard]] const Map& offset() const { return offset_; }
    [[nodiscard]] Map texture() const;  // C0 + offset, not clamped

private:
    void update_residuals();
    void update_row(std::size_t row);

    Team* team_;
    const Map start_;
    std::vector<TexturePixel> pixels_;
    std::vector<Vec3> constant_;        // W C0 - target, per pixel
    std::vector<Vec3> pixel_gradient_;  // of the photo term with respect to the rendered colour
    std::vector<float> pixel_loss_;
    // W transposed: for texel t the entries [first_[t], first_[t + 1]).
    std::vector<std::int32_t> first_;
    struct Entry {
        std::int32_t pixel;
        float weight;
    };
    std::vector<Entry> entries_;
    Map offset_;
    Map next_offset_;
    std::vector<float> momentum_;
    std::vector<float> variance_;
    int steps_done_ = 0;
    AdamStep adam_{};  // of the step under way
};

}  // namespace hrn::core
