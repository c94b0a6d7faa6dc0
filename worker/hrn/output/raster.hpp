// A small z-buffer rasteriser for looking and for visibility: previews, the texture from the photo, the
// README's picture. It is not the rasteriser of the texture fit (core.md 9), whose rules are exact; this one
// may be a pixel off along edges.
//
// Own state: none. A GBuffer belongs to its caller, who may use it again and again; one thread at a time.
// Diagnostics: std::invalid_argument for a size of 0 or an index outside the vertices. A vertex that is not
// finite or nearer than camera_near takes its faces with it.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace hrn::output {

struct ScreenVertex {
    float x, y;   // continuous pixels, y down: pixel i covers i..i+1
    float depth;  // from the camera, > 0
};

// What is seen at each pixel, row-major.
struct GBuffer {
    int width = 0, height = 0;
    std::vector<std::int32_t> face;  // -1: background
    std::vector<float> depth;        // of the surface; infinity: background
    std::vector<float> weight_0;     // weights of the face's first and second corner,
    std::vector<float> weight_1;     // perspective-correct; the third is 1 minus both

    [[nodiscard]] bool covered(std::size_t pixel) const { return face[pixel] >= 0; }
};

// Draws all faces (F x 3), both sides, into `out`, which is cleared first. Nearest wins, ties to the earlier
// face.
void rasterise(std::span<const ScreenVertex> vertices, std::span<const std::int32_t> faces, int width,
               int height, GBuffer& out);

// The depth of what is seen at each pixel, as rasterise() gives it, and nothing else: a third of the work.
[[nodiscard]] std::vector<float> nearest_depths(std::span<const ScreenVertex> vertices,
                                                std::span<const std::int32_t> faces, int width, int height);

}  // namespace hrn::output
