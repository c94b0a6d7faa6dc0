#include "worker/hrn/core/deformation.hpp"

#include <algorithm>
#include <cmath>
#include <stdexcept>

namespace hrn::core {
namespace {

constexpr int size = deformation_size;

int clamped(int i) {
    return std::clamp(i, 0, size - 1);
}

}  // namespace

std::vector<OffsetTap> offset_taps(std::span<const Vec2> uvs) {
    std::vector<OffsetTap> taps(uvs.size());
    for (std::size_t i = 0; i < uvs.size(); ++i) {
        const float gx = uvs[i].x * size;
        const float gy = uvs[i].y * size;
        const float x_floor = std::floor(gx);
        const float y_floor = std::floor(gy);
        const float fx = gx - x_floor;
        const float fy = gy - y_floor;
        const int ix = static_cast<int>(std::clamp(x_floor, -1.0F, static_cast<float>(size)));
        const int iy = static_cast<int>(std::clamp(y_floor, -1.0F, static_cast<float>(size)));
        const int left = clamped(ix);
        const int right = clamped(ix + 1);
        const int upper = clamped(size - 1 - iy);
        const int lower = clamped(size - iy);
        taps[i].texel = {upper * size + left, lower * size + left, upper * size + right,
                         lower * size + right};
        taps[i].weight = {(1 - fx) * fy, (1 - fx) * (1 - fy), fx * fy, fx * (1 - fy)};
    }
    return taps;
}

Map deformation_map(const Map& network_output, float alpha, const Map& mask) {
    if (network_output.height != size || network_output.width != size || network_output.channels != 3 ||
        mask.height != size || mask.width != size || mask.channels != 1) {
        throw std::invalid_argument("a deformation map is 64 x 64 x 3 and its mask 64 x 64");
    }
    Map out(size, size, 3);
    for (std::size_t t = 0; t < mask.values.size(); ++t) {
        out.set(t, network_output.vec3(t) * 0.1F * alpha * mask.values[t]);
    }
    return out;
}

Map displacement_map(const Map& network_output, float beta, const Map& mask) {
    if (network_output.values.size() != mask.values.size() || network_output.channels != 1) {
        throw std::invalid_argument("a displacement map and its mask have one channel and equal sizes");
    }
    Map out(network_output.height, network_output.width, 1);
    for (std::size_t t = 0; t < out.values.size(); ++t) {
        out.values[t] = network_output.values[t] * 0.1F * beta * mask.values[t];
    }
    return out;
}

void shape_offset(const Map& deformation, std::span<const OffsetTap> taps, std::span<Vec3> out, Team& team) {
    team.over(taps.size(), [&](std::size_t begin, std::size_t end) {
        for (std::size_t i = begin; i < end; ++i) {
            const OffsetTap& tap = taps[i];
            Vec3 sum = deformation.vec3(static_cast<std::size_t>(tap.texel[0])) * tap.weight[0];
            for (std::size_t k = 1; k < 4; ++k) {
                sum = sum + deformation.vec3(static_cast<std::size_t>(tap.texel[k])) * tap.weight[k];
            }
            out[i] = sum;
        }
    });
}

}  // namespace hrn::core
