#include "worker/hrn/core/network_inputs.hpp"

#include <initializer_list>

#include "worker/hrn/core/resize.hpp"

namespace hrn::core {
namespace {

Map centred(const Map& texture) {
    Map out = texture;
    for (float& value : out.values) {
        value = (value - 0.5F) * 2.0F;
    }
    return out;
}

Map stacked(std::initializer_list<const Map*> parts) {
    const Map& first = **parts.begin();
    int channels = 0;
    for (const Map* part : parts) {
        channels += part->channels;
    }
    Map out(first.height, first.width, channels);
    std::size_t offset = 0;
    for (const Map* part : parts) {
        const auto own = static_cast<std::size_t>(part->channels);
        for (std::size_t t = 0; t < out.pixels(); ++t) {
            for (std::size_t ch = 0; ch < own; ++ch) {
                out.values[t * static_cast<std::size_t>(channels) + offset + ch] = part->values[t * own + ch];
            }
        }
        offset += own;
    }
    return out;
}

}  // namespace

Map unet_input(const Map& texture, Team& team) {
    return resize_bilinear(centred(texture), 2 * uv_size, 2 * uv_size, team);
}

Map mid_input(const Map& positions, const Map& texture, Team& team) {
    const Map p = resize_bilinear(positions, deformation_size, deformation_size, team);
    const Map t = resize_bilinear(centred(texture), deformation_size, deformation_size, team);
    return stacked({&p, &t});
}

Map high_input(const Map& positions, const Map& realigned_texture, const Map& deformation, Team& team) {
    const Map t = centred(realigned_texture);
    const Map d = resize_bilinear(deformation, uv_size, uv_size, team);
    return stacked({&positions, &t, &d});
}

}  // namespace hrn::core
