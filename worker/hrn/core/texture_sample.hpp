// Reading an image at the projected position of every UV texel (`sample`, core.md 6), with the official
// code's swapped vertical weights and its rule for texels outside the face.
//
// Pure function, any thread, cannot fail: every coordinate is clamped to the image.
#pragma once

#include <cstdint>
#include <span>

#include "worker/hrn/core/team.hpp"
#include "worker/hrn/core/uv_raster.hpp"
#include "worker/hrn/core/vec3.hpp"

namespace hrn::core {

// camera: N camera points (core.md 4). image: the aligned crop, h x w, any channels, row 0 at the top.
// Returns 256 x 256 x channels. Texels outside the face get the bottom-left pixel of the image.
[[nodiscard]] Map sample_into_uv(const UvRaster& raster, std::span<const Vec3> camera, const Map& image,
                                 Team& team);

// 8-bit pixels to 0..1: divided in float64, rounded once (core.md 1).
[[nodiscard]] Map from_bytes(std::span<const std::uint8_t> bytes, int height, int width, int channels);

}  // namespace hrn::core
