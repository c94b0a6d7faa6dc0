// What never changes between two faces of one model: which vertices make a face, and where each vertex lies
// in the texture.
//
// Filled once by whoever loads the model, then only read, from any thread.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

namespace hrn::output {

struct Topology {
    // F x 3 vertex indices from 0, counter-clockwise seen from outside (core.md 2, `tri` minus 1).
    std::vector<std::int32_t> faces;
    // N x 2, u to the right and v UP, 0..1 (core.md 2, bfm_uvs2).
    std::vector<float> uvs;
    // F: areas of the faces in the texture, in units that do not matter, by areas_in_texture(); may be empty.
    std::vector<double> areas;
};

// Of each face in texture space, twice.
[[nodiscard]] std::vector<double> areas_in_texture(const Topology& topology);

// From triangles as triples, the form in which the core has them.
inline Topology make_topology(std::span<const std::array<int, 3>> triangles, std::vector<float> uvs) {
    Topology topology;
    topology.faces.reserve(3 * triangles.size());
    for (const auto& triangle : triangles) {
        topology.faces.insert(topology.faces.end(), triangle.begin(), triangle.end());
    }
    topology.uvs = std::move(uvs);
    return topology;
}

}  // namespace hrn::output
