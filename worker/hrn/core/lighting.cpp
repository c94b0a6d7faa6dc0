#include "worker/hrn/core/lighting.hpp"

#include <array>
#include <cmath>
#include <numbers>
#include <stdexcept>

namespace hrn::core {
namespace {

constexpr std::size_t bands = 9;
constexpr float ambient = 0.8F;

struct Constants {
    float k0, k1, k2, k2_z;
};

Constants constants() {
    const double pi = std::numbers::pi;
    const double k0 = pi / std::sqrt(4 * pi);
    const double k1 = 2 * pi / std::sqrt(3.0) * std::sqrt(3.0) / std::sqrt(4 * pi);
    const double k2 = 2 * pi / std::sqrt(8.0) * 3 * std::sqrt(5.0) / std::sqrt(12 * pi);
    return {static_cast<float>(k0), static_cast<float>(k1), static_cast<float>(k2),
            static_cast<float>(k2 / (2 * std::sqrt(3.0)))};
}

}  // namespace

Map lit(const Map& albedo, const Map& normals, std::span<const float, 27> gamma) {
    if (albedo.channels != 3 || normals.channels != 3 || albedo.pixels() != normals.pixels()) {
        throw std::invalid_argument("albedo and normals differ in size");
    }
    const Constants k = constants();
    std::array<float, 27> light{};
    for (std::size_t i = 0; i < light.size(); ++i) {
        light[i] = i % bands == 0 ? gamma[i] + ambient : gamma[i];
    }
    Map out(albedo.height, albedo.width, 3);
    for (std::size_t t = 0; t < out.pixels(); ++t) {
        const Vec3 n = normals.vec3(t);
        const std::array<float, bands> y = {k.k0,
                                            -k.k1 * n.y,
                                            k.k1 * n.z,
                                            -k.k1 * n.x,
                                            k.k2 * n.x * n.y,
                                            -k.k2 * n.y * n.z,
                                            k.k2_z * (3.0F * n.z * n.z - 1.0F),
                                            -k.k2 * n.x * n.z,
                                            k.k2 / 2.0F * (n.x * n.x - n.y * n.y)};
        for (std::size_t ch = 0; ch < 3; ++ch) {
            float sum = 0;
            for (std::size_t band = 0; band < bands; ++band) {
                sum += y[band] * light[bands * ch + band];
            }
            out.values[3 * t + ch] = albedo.values[3 * t + ch] * sum;
        }
    }
    return out;
}

}  // namespace hrn::core
