#include "worker/hrn/output/topology.hpp"

#include <cmath>
#include <cstddef>

namespace hrn::output {

std::vector<double> areas_in_texture(const Topology& topology) {
    std::vector<double> areas;
    areas.reserve(topology.faces.size() / 3);
    for (std::size_t f = 0; f + 2 < topology.faces.size(); f += 3) {
        const auto a = static_cast<std::size_t>(topology.faces[f]);
        const auto b = static_cast<std::size_t>(topology.faces[f + 1]);
        const auto c = static_cast<std::size_t>(topology.faces[f + 2]);
        const auto u = [&](std::size_t i) { return double{topology.uvs[2 * i]}; };
        const auto v = [&](std::size_t i) { return double{topology.uvs[2 * i + 1]}; };
        areas.push_back(std::abs((u(b) - u(a)) * (v(c) - v(a)) - (v(b) - v(a)) * (u(c) - u(a))));
    }
    return areas;
}

}  // namespace hrn::output
