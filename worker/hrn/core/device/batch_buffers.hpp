// Memory of the device core for one batch: on the device and, pinned, on the host. Reserved once for the
// largest batch and used again for each; nothing is reserved while smaller batches run.
//
// Owned by the DeviceCore, used by its thread. LibTorch reserves it, so that one allocator knows what the
// device holds: c10::OutOfMemoryError when there is no room, after which everything is given back.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstddef>
#include <cstdint>
#include <functional>

#include "worker/hrn/core/cuda/texture_fit.hpp"
#include "worker/hrn/networks/placement.hpp"

namespace hrn::core {

// The arrays of a batch that cross between host and device: alike on both sides, one image after the other.
struct CrossingArrays {
    // in
    std::uint8_t *image_224, *image_512, *mask_224, *target_224;
    // both: in where landmarks give them, else out
    float* coefficients;
    // out
    int* failed;  // 0, or the Trouble of a face
    float *vertices, *normals, *texture, *dense_positions, *dense_normals, *smoothed_mask, *landmarks;
    std::uint8_t *rendered_mask, *seen;
};

// Those that stay on the device. Numbers an image as in cuda/*.hpp.
struct DeviceArrays {
    float *poses, *shape, *world, *camera, *face_normals, *rotated_normals;
    float *base_shape, *positions, *photo, *albedo, *mask;                    // P, T and T', A and D, V
    float *deformation, *displacement, *uv_positions, *uv_normals, *colours;  // delta, h, X, n, C0
    cuda::PixelKey* keys;
    unsigned* depths;
    cuda::Lookup lookup;
    cuda::FitPixel* fit_pixels;
    float *fit_gradients, *fit_seams;
    unsigned* fit_done;
};

// What the networks eat, for the largest batch; the first images of it are a batch.
struct NetworkInputs {
    at::Tensor crops, unet, mid, high;
};

class BatchBuffers {
public:
    BatchBuffers(int vertices, int faces, const networks::Placement& placement, const cuda::FitPlan& plan);

    void reserve(int images);
    [[nodiscard]] int capacity() const { return capacity_; }
    [[nodiscard]] const CrossingArrays& host() const { return host_; }
    [[nodiscard]] const CrossingArrays& device() const { return device_; }
    [[nodiscard]] const DeviceArrays& work() const { return work_; }
    [[nodiscard]] const NetworkInputs& inputs() const { return inputs_; }
    [[nodiscard]] std::size_t bytes() const;  // of device memory

private:
    class Carver;
    void carve_crossing(Carver& carver, CrossingArrays& out) const;
    void carve_work(Carver& carver, DeviceArrays& out) const;
    [[nodiscard]] at::Tensor input_of(int images, std::int64_t channels, std::int64_t side) const;
    void release();

    std::size_t vertices_, faces_;
    networks::Placement placement_;
    cuda::FitPlan plan_;
    int capacity_ = 0;
    at::Tensor host_memory_, device_memory_;
    CrossingArrays host_{}, device_{};
    DeviceArrays work_{};
    NetworkInputs inputs_;
};

}  // namespace hrn::core
