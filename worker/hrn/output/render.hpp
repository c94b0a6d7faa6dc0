// Pictures of a mesh for people: grey with two lights, or textured without any (the texture bears the photo's
// light).
//
// Used by the preview and by hrn-render. Own state: none but scratch memory per call; any thread.
// Diagnostics: std::invalid_argument for an empty canvas, a mesh that check_mesh() refuses (which may also
// throw OutputError), or a texture without pixels.
#pragma once

#include "worker/hrn/output/mesh_view.hpp"
#include "worker/hrn/types.hpp"

namespace hrn::output {

// An 8-bit RGB picture; the same layout as a photo.
using Picture = Photo;

// How the mesh is looked at. Angles turn the mesh about the middle of its bounding box: positive yaw turns
// the face to the picture's right, positive pitch lifts the chin.
struct Look {
    float yaw_degrees = 0;
    float pitch_degrees = 0;
    // canvas pixel = scale * crop pixel + offset, continuous pixels of the model's 224 crop (camera.hpp).
    float scale = 1;
    float offset_x = 0, offset_y = 0;
    float opacity = 1;  // 0..1, over what the canvas shows already
};

// Draws `mesh` over `canvas` (any size), four samples per pixel. texture == nullptr: grey.
void draw(const MeshView& mesh, const Picture* texture, const Look& look, Picture& canvas);

// The framing that shows the whole mesh in a square of `side` pixels, whatever its yaw.
Look fit_to(const MeshView& mesh, int side);

// A picture of one colour.
Picture blank(int width, int height, std::uint8_t grey);

// Copies `tile` into `sheet` with its top-left pixel at (left, top); throws std::invalid_argument if it does
// not fit.
void paste(const Picture& tile, int left, int top, Picture& sheet);

}  // namespace hrn::output
