// DevicePictures as LibTorch holds them.
//
// Immutable; any thread. Memory is given back in the order of the stream that it was made on, which is the
// DeviceTurn's.
#pragma once

#include <ATen/core/Tensor.h>

#include <utility>

#include "worker/hrn/front/device_pictures.hpp"

namespace hrn::front {

class TorchPictures final : public DevicePictures {
public:
    // n x side x side x 3 bytes, dense.
    explicit TorchPictures(at::Tensor the_pictures) : pictures(std::move(the_pictures)) {}
    [[nodiscard]] std::size_t count() const override { return static_cast<std::size_t>(pictures.size(0)); }
    [[nodiscard]] int side() const override { return static_cast<int>(pictures.size(1)); }

    const at::Tensor pictures;
};

// All DevicePictures are such.
[[nodiscard]] inline const at::Tensor& tensor_of(const DevicePictures& pictures) {
    return dynamic_cast<const TorchPictures&>(pictures).pictures;
}

}  // namespace hrn::front
