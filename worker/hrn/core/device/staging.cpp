#include "worker/hrn/core/device/staging.hpp"

#include <algorithm>
#include <stdexcept>
#include <string>

#include "worker/hrn/core/device/device_array.hpp"

namespace hrn::core {
namespace {

constexpr std::size_t uv = cuda::uv_texels;
constexpr std::size_t view = cuda::view_pixels;
constexpr std::size_t photo = static_cast<std::size_t>(cuda::photo_side) * cuda::photo_side;

void require_size(const std::vector<std::uint8_t>& bytes, std::size_t size) {
    if (bytes.size() != size) {
        throw std::invalid_argument("an image has " + std::to_string(bytes.size()) + " bytes, expected " +
                                    std::to_string(size));
    }
}

void put(const std::vector<std::uint8_t>& bytes, std::uint8_t* array, std::size_t image) {
    std::copy(bytes.begin(), bytes.end(), array + image * bytes.size());
}

template <typename T>
void take(const T* array, std::size_t image, std::size_t count, std::vector<T>& out) {
    out.assign(array + image * count, array + (image + 1) * count);
}

template <typename T>
void copy(const T* from, T* to, std::size_t count, cudaMemcpyKind direction, cuda::Stream stream) {
    check_device(cudaMemcpyAsync(to, from, count * sizeof(T), direction, stream), "copying a batch");
}

}  // namespace

void pack(std::span<const AlignedFace> faces, const CrossingArrays& host, Team& team) {
    for (const AlignedFace& face : faces) {
        require_size(face.image_224, 3 * view);
        require_size(face.image_512, 3 * photo);
        require_size(face.mask_224, view);
        require_size(face.texture_target_224, 3 * view);
    }
    team.over(faces.size(), [&](std::size_t begin, std::size_t end) {
        for (std::size_t i = begin; i < end; ++i) {
            put(faces[i].image_224, host.image_224, i);
            put(faces[i].image_512, host.image_512, i);
            put(faces[i].mask_224, host.mask_224, i);
            put(faces[i].texture_target_224, host.target_224, i);
        }
    });
}

void unpack(const CrossingArrays& host, std::size_t image, std::size_t vertices, bool dense,
            Reconstruction& out) {
    std::copy_n(host.coefficients + image * out.coefficients.size(), out.coefficients.size(),
                out.coefficients.begin());
    take(host.vertices, image, 3 * vertices, out.vertices);
    take(host.normals, image, 3 * vertices, out.normals);
    take(host.texture, image, 3 * uv, out.texture);
    take(host.landmarks, image, 2UL * cuda::landmark_count, out.projected_68);
    take(host.smoothed_mask, image, uv, out.smoothed_mask);
    take(host.rendered_mask, image, view, out.rendered_mask);
    take(host.seen, image, vertices, out.seen);
    if (dense) {
        take(host.dense_positions, image, 3 * uv, out.dense_positions);
        take(host.dense_normals, image, 3 * uv, out.dense_normals);
    }
}

void copy_crops_in(const CrossingArrays& host, const CrossingArrays& device, std::size_t images,
                   cuda::Stream stream) {
    constexpr auto in = cudaMemcpyHostToDevice;
    copy(host.image_224, device.image_224, images * 3 * view, in, stream);
    copy(host.image_512, device.image_512, images * 3 * photo, in, stream);
    copy(host.mask_224, device.mask_224, images * view, in, stream);
    copy(host.target_224, device.target_224, images * 3 * view, in, stream);
}

void copy_results_out(const CrossingArrays& device, const CrossingArrays& host, std::size_t images,
                      std::size_t vertices, bool dense, cuda::Stream stream) {
    constexpr auto out = cudaMemcpyDeviceToHost;
    copy(device.failed, host.failed, images, out, stream);
    copy(device.coefficients, host.coefficients, images * cuda::coefficient_count, out, stream);
    copy(device.vertices, host.vertices, images * 3 * vertices, out, stream);
    copy(device.normals, host.normals, images * 3 * vertices, out, stream);
    copy(device.texture, host.texture, images * 3 * uv, out, stream);
    copy(device.smoothed_mask, host.smoothed_mask, images * uv, out, stream);
    copy(device.landmarks, host.landmarks, images * 2 * cuda::landmark_count, out, stream);
    copy(device.rendered_mask, host.rendered_mask, images * view, out, stream);
    copy(device.seen, host.seen, images * vertices, out, stream);
    if (dense) {
        copy(device.dense_positions, host.dense_positions, images * 3 * uv, out, stream);
        copy(device.dense_normals, host.dense_normals, images * 3 * uv, out, stream);
    }
}

}  // namespace hrn::core
