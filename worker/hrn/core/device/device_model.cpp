#include "worker/hrn/core/device/device_model.hpp"

#include <cstring>
#include <span>
#include <type_traits>
#include <vector>

namespace hrn::core {
namespace {

// The host's structs and the kernels' are written apart, so that kernels see no C++20; their memory is alike.
template <typename To, typename From>
DeviceArray<To> uploaded_as(const std::vector<From>& values) {
    static_assert(sizeof(To) == sizeof(From) && std::is_trivially_copyable_v<From> &&
                  std::is_trivially_copyable_v<To>);
    std::vector<To> copy(values.size());
    if (!values.empty()) {
        std::memcpy(copy.data(), values.data(), values.size() * sizeof(From));
    }
    return DeviceArray<To>(std::span<const To>(copy));
}

std::vector<float> flat_uvs(const std::vector<Vec2>& uvs) {
    std::vector<float> flat;
    flat.reserve(2 * uvs.size());
    for (const Vec2& uv : uvs) {
        flat.insert(flat.end(), {uv.x, uv.y});
    }
    return flat;
}

template <typename T>
DeviceArray<T> uploaded(std::span<const T> values) {
    return DeviceArray<T>(values);
}

cuda::Basis basis_of(const LinearBasis& basis, const DeviceArray<float>& values) {
    return {values.data(), static_cast<int>(basis.rows), static_cast<int>(basis.columns)};
}

}  // namespace

DeviceModel::DeviceModel(const FaceModel& model)
    : mean_(uploaded<float>(model.mean)),
      basis_(uploaded<float>(model.basis.values)),
      albedo_mean_(uploaded<float>(model.albedo.mean)),
      albedo_basis_(uploaded<float>(model.albedo.basis.values)),
      uvs_(uploaded<float>(flat_uvs(model.uvs))),
      triangles_(uploaded_as<cuda::Triangle>(model.faces)),
      around_(uploaded_as<cuda::AroundVertex>(model.vertex_faces)),
      texels_(uploaded_as<cuda::UvTexel>(model.uv_raster.texels)),
      taps_(uploaded_as<cuda::OffsetTap>(model.offset_taps)),
      corner_first_(uploaded<std::int32_t>(model.corners.first)),
      corner_faces_(uploaded<std::int32_t>(model.corners.faces)),
      landmarks_(uploaded<std::int32_t>(model.landmarks)) {
    arrays_ = {static_cast<int>(model.vertex_count()),
               static_cast<int>(model.faces.size()),
               mean_.data(),
               basis_of(model.basis, basis_),
               albedo_mean_.data(),
               basis_of(model.albedo.basis, albedo_basis_),
               triangles_.data(),
               around_.data(),
               uvs_.data(),
               texels_.data(),
               taps_.data(),
               corner_first_.data(),
               corner_faces_.data(),
               landmarks_.data()};
}

}  // namespace hrn::core
