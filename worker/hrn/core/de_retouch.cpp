#include "worker/hrn/core/de_retouch.hpp"

#include <stdexcept>

namespace hrn::core {

Map de_retouched_albedo(const Map& texture, const Map& blend, const Map& albedo) {
    if (texture.values.size() != albedo.values.size() || blend.values.size() != albedo.values.size()) {
        throw std::invalid_argument("texture, blend layer and albedo differ in size");
    }
    Map out(albedo.height, albedo.width, albedo.channels);
    for (std::size_t i = 0; i < out.values.size(); ++i) {
        const float x = (texture.values[i] - 0.5F) * 2.0F;
        const float t = (x + 1.0F) / 2.0F;
        const float b = blend.values[i];
        const float r = (1.0F - 2.0F * b) * t * t + 2.0F * b * t;
        const float phi = 1e6F * (r * r * r) + 1e-6F;
        out.values[i] = albedo.values[i] * ((t + 1.0F / phi) / (r + 1.0F / phi));
    }
    return out;
}

}  // namespace hrn::core
