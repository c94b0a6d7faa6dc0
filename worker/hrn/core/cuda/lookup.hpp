// Which texels each covered pixel shows and with which weights (core.md 9), and the same seen from the
// texels: for each its list of pixels. Both are constant during a texture fit.
//
// Queue only; see arrays.hpp.
#pragma once

#include "worker/hrn/core/cuda/raster.hpp"

namespace hrn::core::cuda {

// One pixel that shows a texel. `rank` is the pixel's place among those of its image in the order of the
// texel rows that they show.
struct TexelEntry {
    std::int32_t rank;
    float weight;
};

// Per image: room for every pixel.
struct Lookup {
    std::int32_t* count;   // 1: covered pixels
    std::int32_t* pixels;  // 224*224: row * 224 + column, ascending
    std::int32_t* texels;  // 224*224 x 4: row * 256 + column
    float* weights;        // 224*224 x 4
    std::int32_t*
        row_first;  // 256 + 1: pixels whose upper texels lie in row r have the ranks from row_first[r] on
    std::int32_t* ranked;  // 224*224: which of the pixels has a rank
    std::int32_t* first;   // 256*256 + 1: texel t has the entries first[t] .. first[t + 1]
    TexelEntry* entries;   // 224*224 x 4, pixel by pixel within each texel
    // for use within transpose()
    std::int32_t* row_cursor;  // 256
    std::int32_t* rank;        // 224*224: the inverse of ranked
    std::int32_t* cursor;      // 256*256
    std::uint32_t* places;     // 224*224 x 4
};

// Fills texels and weights of the listed pixels. Twin: core::texture_pixels().
void look_up(const ModelArrays& model, const float* camera, const PixelKey* keys, int images,
             const Lookup& lookup, Stream stream);

// Fills all that follows from texels and weights. The order of a texel's entries does not depend on which
// thread came first: each list is sorted. That of the ranks within a row does, but nothing is summed in it.
// Twin: the constructor of core::TextureFit.
void transpose(int images, const Lookup& lookup, Stream stream);

}  // namespace hrn::core::cuda
