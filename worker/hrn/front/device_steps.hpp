// The steps of official_steps.hpp in which pictures are cut, on a device: the same results, but photos go
// there once and crops stay there from one network to the next.
//
// Any number of threads, each with a batch of its own.
#pragma once

#include <vector>

#include "worker/hrn/front/device_pictures.hpp"
#include "worker/hrn/front/official_steps.hpp"

namespace hrn::front {

// As find_68().
[[nodiscard]] std::vector<Outcome<Points68>> find_68_on_device(const Tools& tools, const DeviceChain& device,
                                                               const std::vector<FivePointsInPhoto>& faces);

// As make_texture_targets(), of 224 crops that are on the device: `bytes` are the same crops.
[[nodiscard]] std::vector<TextureTarget> make_texture_targets_on_device(
    const Tools& tools, const DeviceChain& device, const DevicePictures& crops,
    const std::vector<const std::vector<std::uint8_t>*>& bytes);

}  // namespace hrn::front
