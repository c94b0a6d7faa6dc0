// Cuts and warps pictures on a CUDA device for DeviceChain: copies what is needed of the photos there, starts
// the kernels of cuda/pictures.hpp, brings back the bytes that are wanted.
//
// Owned by the official networks; any number of threads. Everything is queued on the DeviceTurn's stream.
#pragma once

#include <ATen/core/Tensor.h>
#include <c10/core/Device.h>

#include "worker/hrn/front/cuda/pictures.hpp"
#include "worker/hrn/front/device_pictures.hpp"
#include "worker/hrn/front/device_turn.hpp"

namespace hrn::front {

class DeviceCropper {
public:
    DeviceCropper(c10::Device device, DeviceTurn& turn);

    [[nodiscard]] at::Tensor cut(std::span<const PhotoCut> cuts, const SquareStyle& style, Crew& crew) const;
    [[nodiscard]] at::Tensor cut(const at::Tensor& from, std::span<const PictureCut> cuts,
                                 const SquareStyle& style) const;
    [[nodiscard]] AlignedCrops aligned_crops(std::span<const CropFrames> faces, Crew& crew) const;
    [[nodiscard]] std::vector<std::optional<std::vector<std::uint8_t>>> warped(
        const at::Tensor& crops_224, std::span<const WarpOrder> orders, Crew& crew) const;

private:
    [[nodiscard]] at::Tensor squares(std::size_t count, int side) const;
    void launch(std::span<const cuda::CutJob> jobs, const SquareStyle& style, const at::Tensor& out) const;

    c10::Device device_;
    DeviceTurn& turn_;
    at::Tensor warp_axis_;  // cuda::WarpAxis
};

}  // namespace hrn::front
