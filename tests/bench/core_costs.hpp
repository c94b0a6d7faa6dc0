// What each stage of the device core must at least do for one image (core.md 3, docs/performance.md):
// operations of the networks, and bytes that pass through the device's memory once, if everything that a
// stage reads and writes were read and written exactly once.
//
// Constants of a model with 35,709 vertices; any thread.
#pragma once

#include <array>
#include <string_view>

namespace hrn::bench {

struct StageCost {
    std::string_view stage;   // as Core::last_stages() names it
    double gflop;             // 2 x multiply-adds, an image
    double megabytes;         // an image, of the device's memory; network tensors of two bytes a number
    double shared_megabytes;  // a batch: constants of the model
    double link_megabytes;    // an image, between host and device
};

// A map of three floats is 0.79 MB, the vertices are 0.43 MB, faces and their normals 0.85 MB each.
inline constexpr std::array<StageCost, 12> core_costs = {{
    {"copy in", 0, 0, 0, 1.14},
    {"coefficients", 8.18, 0.45, 48, 0},
    {"base maps", 0, 8.4, 127, 0},  // three maps, two masks, the points, the UNet's input; both bases
    {"de-retouching network", 247.43, 3.1, 27, 0},
    {"de-retouching", 0, 4.8, 0, 0},
    {"mid network", 6.27, 0.1, 23, 0},
    {"deformation", 0, 9.3, 4, 0},
    {"high network", 100.75, 1.3, 23, 0},
    {"detail", 0, 17.3, 5, 0},
    {"raster", 0, 8.9, 1, 0},
    {"texture fit", 0, 7.3, 0, 0},  // start, target, lookup and texture; the steps themselves stay in caches
    {"copy out", 0, 1.7, 0, 3.6},
}};

}  // namespace hrn::bench
