// The constants of a face model in device memory, uploaded once (core.md 12).
//
// Owned by the DeviceCore or by device operations; immutable, any thread may read arrays(). The constructor
// waits for the copies; DeviceError if they fail.
#pragma once

#include <cstdint>

#include "worker/hrn/core/cuda/arrays.hpp"
#include "worker/hrn/core/device/device_array.hpp"
#include "worker/hrn/core/face_model.hpp"

namespace hrn::core {

class DeviceModel {
public:
    explicit DeviceModel(const FaceModel& model);
    [[nodiscard]] const cuda::ModelArrays& arrays() const { return arrays_; }

private:
    DeviceArray<float> mean_, basis_, albedo_mean_, albedo_basis_, uvs_;
    DeviceArray<cuda::Triangle> triangles_;
    DeviceArray<cuda::AroundVertex> around_;
    DeviceArray<cuda::UvTexel> texels_;
    DeviceArray<cuda::OffsetTap> taps_;
    DeviceArray<std::int32_t> corner_first_, corner_faces_, landmarks_;
    cuda::ModelArrays arrays_{};
};

}  // namespace hrn::core
