#include "worker/hrn/core/device/batch_buffers.hpp"

#include <ATen/ops/empty.h>
#include <c10/core/InferenceMode.h>

#include "worker/hrn/core/cuda/visibility.hpp"

namespace hrn::core {
namespace {

constexpr std::size_t alignment = 256;
constexpr std::size_t uv = cuda::uv_texels;
constexpr std::size_t view = cuda::view_pixels;

at::Tensor bytes_on(std::size_t count, const c10::TensorOptions& options) {
    return at::empty({static_cast<std::int64_t>(count)}, options.dtype(c10::kByte));
}

}  // namespace

// Cuts a block into arrays. Without a block it only counts.
class BatchBuffers::Carver {
public:
    Carver(void* block, int images)
        : block_(static_cast<std::byte*>(block)), images_(static_cast<std::size_t>(images)) {}

    template <typename T>
    void each_image(T*& array, std::size_t numbers) {
        once(array, numbers * images_);
    }
    template <typename T>
    void once(T*& array, std::size_t numbers) {
        array = block_ == nullptr ? nullptr : reinterpret_cast<T*>(block_ + used_);
        used_ += (numbers * sizeof(T) + alignment - 1) / alignment * alignment;
    }
    [[nodiscard]] std::size_t used() const { return used_; }

private:
    std::byte* block_;
    std::size_t images_;
    std::size_t used_ = 0;
};

BatchBuffers::BatchBuffers(int vertices, int faces, const networks::Placement& placement,
                           const cuda::FitPlan& plan)
    : vertices_(static_cast<std::size_t>(vertices)),
      faces_(static_cast<std::size_t>(faces)),
      placement_(placement),
      plan_(plan) {}

void BatchBuffers::carve_crossing(Carver& carver, CrossingArrays& out) const {
    constexpr std::size_t photo = static_cast<std::size_t>(cuda::photo_side) * cuda::photo_side;
    carver.each_image(out.image_224, 3 * view);
    carver.each_image(out.image_512, 3 * photo);
    carver.each_image(out.mask_224, view);
    carver.each_image(out.target_224, 3 * view);
    carver.each_image(out.coefficients, cuda::coefficient_count);
    carver.each_image(out.failed, 1);
    carver.each_image(out.vertices, 3 * vertices_);
    carver.each_image(out.normals, 3 * vertices_);
    carver.each_image(out.texture, 3 * uv);
    carver.each_image(out.dense_positions, 3 * uv);
    carver.each_image(out.dense_normals, 3 * uv);
    carver.each_image(out.smoothed_mask, uv);
    carver.each_image(out.landmarks, 2 * cuda::landmark_count);
    carver.each_image(out.rendered_mask, view);
    carver.each_image(out.seen, vertices_);
}

void BatchBuffers::carve_work(Carver& carver, DeviceArrays& out) const {
    carver.each_image(out.poses, 12);
    for (float** points : {&out.shape, &out.world, &out.camera, &out.rotated_normals, &out.base_shape}) {
        carver.each_image(*points, 3 * vertices_);
    }
    carver.each_image(out.face_normals, 3 * faces_);
    for (float** map :
         {&out.positions, &out.photo, &out.albedo, &out.uv_positions, &out.uv_normals, &out.colours}) {
        carver.each_image(*map, 3 * uv);
    }
    carver.each_image(out.mask, uv);
    carver.each_image(out.displacement, uv);
    carver.each_image(out.deformation, 3 * static_cast<std::size_t>(cuda::deformation_texels));
    carver.each_image(out.keys, view);
    carver.each_image(out.depths, cuda::depth_pixels);
    carver.each_image(out.lookup.count, 1);
    carver.each_image(out.lookup.pixels, view);
    carver.each_image(out.lookup.texels, 4 * view);
    carver.each_image(out.lookup.weights, 4 * view);
    carver.each_image(out.lookup.first, uv + 1);
    carver.each_image(out.lookup.entries, 4 * view);
    carver.each_image(out.lookup.cursor, uv);
    carver.each_image(out.lookup.places, 4 * view);
    carver.each_image(out.lookup.row_first, cuda::uv_side + 1);
    carver.each_image(out.lookup.row_cursor, cuda::uv_side);
    carver.each_image(out.lookup.ranked, view);
    carver.each_image(out.lookup.rank, view);
    carver.each_image(out.fit_pixels, view);
    const auto slots = static_cast<std::size_t>(plan_.slots);
    carver.once(out.fit_gradients, slots * cuda::FitPlan::gradient_numbers());
    carver.once(out.fit_seams, slots * plan_.seam_numbers());
    carver.once(out.fit_done, slots * static_cast<std::size_t>(plan_.strips));
}

at::Tensor BatchBuffers::input_of(int images, std::int64_t channels, std::int64_t side) const {
    return at::empty({images, channels, side, side},
                     c10::TensorOptions().device(placement_.device).dtype(placement_.type()),
                     networks::Placement::format());
}

void BatchBuffers::reserve(int images) {
    if (images <= capacity_) {
        return;
    }
    const c10::InferenceMode guard;
    release();  // first, so that the old and the new need not fit together
    try {
        Carver counted(nullptr, images);
        carve_crossing(counted, host_);
        const std::size_t crossing = counted.used();
        carve_work(counted, work_);
        host_memory_ = bytes_on(crossing, c10::TensorOptions().device(c10::kCPU).pinned_memory(true));
        device_memory_ = bytes_on(counted.used(), c10::TensorOptions().device(placement_.device));
        inputs_ = {input_of(images, 3, cuda::view_side), input_of(images, 3, cuda::photo_side),
                   input_of(images, 6, cuda::deformation_side), input_of(images, 9, cuda::uv_side)};
    } catch (...) {
        release();
        throw;
    }
    Carver host(host_memory_.data_ptr(), images);
    carve_crossing(host, host_);
    Carver device(device_memory_.data_ptr(), images);
    carve_crossing(device, device_);
    carve_work(device, work_);
    capacity_ = images;
}

void BatchBuffers::release() {
    capacity_ = 0;
    host_memory_ = at::Tensor();
    device_memory_ = at::Tensor();
    inputs_ = NetworkInputs();
    host_ = {};
    device_ = {};
    work_ = {};
}

std::size_t BatchBuffers::bytes() const {
    std::size_t sum = 0;
    for (const at::Tensor* tensor :
         {&device_memory_, &inputs_.crops, &inputs_.unet, &inputs_.mid, &inputs_.high}) {
        sum += tensor->defined() ? tensor->nbytes() : 0;
    }
    return sum;
}

}  // namespace hrn::core
