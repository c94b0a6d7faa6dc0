#include "worker/hrn/front/device_cropper.hpp"

#include <ATen/ops/empty.h>
#include <c10/core/InferenceMode.h>
#include <c10/cuda/CUDAStream.h>

#include <algorithm>
#include <cstring>

#include "worker/hrn/front/face_warp.hpp"
#include "worker/hrn/front/line_blur.hpp"
#include "worker/hrn/front/sampled_flow.hpp"
#include "worker/hrn/front/torch_pictures.hpp"
#include "worker/hrn/image/long_side.hpp"
#include "worker/hrn/image/opencv_resize.hpp"
#include "worker/hrn/image/pil_taps.hpp"

namespace hrn::front {
namespace {

static_assert(cuda::enlarged == enlarged_side);

// In the machine's memory, where the device can read and write it by itself.
at::Tensor crossing_bytes(std::size_t count) {
    return at::empty({static_cast<std::int64_t>(std::max<std::size_t>(count, 1))},
                     c10::TensorOptions().dtype(c10::kByte).pinned_memory(true));
}

std::uint8_t* bytes_of(const at::Tensor& tensor) {
    return tensor.data_ptr<std::uint8_t>();
}

// In the machine's memory, for the device.
template <typename T>
at::Tensor listed(std::span<const T> items) {
    at::Tensor bytes = crossing_bytes(items.size_bytes());
    std::memcpy(bytes_of(bytes), items.data(), items.size_bytes());
    return bytes;
}

cudaStream_t stream_on(c10::Device device) {
    return c10::cuda::getCurrentCUDAStream(device.index());
}

void copy_part(const cv::Mat& photo, const cv::Rect& part, std::uint8_t* to) {
    const auto bytes = 3 * static_cast<std::size_t>(part.width);
    for (int row = 0; row < part.height; ++row) {
        std::memcpy(to + bytes * static_cast<std::size_t>(row), photo.ptr(part.y + row, part.x), bytes);
    }
}

cuda::CutStyle style_of(const SquareStyle& style) {
    return {style.side, style.cubic, style.swapped, {style.border[0], style.border[1], style.border[2]}};
}

void set_rectangle(cuda::CutJob& job, const cv::Rect& wanted, int side) {
    job.cut_width = wanted.width;
    job.cut_height = wanted.height;
    job.scale_across = image::opencv::resize_scale(wanted.width, side);
    job.scale_down = image::opencv::resize_scale(wanted.height, side);
}

// One axis of a window of a resized photo. Where the size does not change PIL skips the pass: one tap each.
struct WindowAxis {
    image::PilOverlap inside;
    image::PilTaps taps;
};

WindowAxis window_axis(int from, std::int64_t to, std::int64_t begin, int size) {
    WindowAxis axis{image::pil_overlap(begin, size, to), {}};
    const std::int64_t first = begin + axis.inside.first;
    if (to != from || axis.inside.count == 0) {
        axis.taps = image::pil_taps(from, to, first, axis.inside.count);
        return axis;
    }
    const auto count = static_cast<std::size_t>(axis.inside.count);
    axis.taps.count = axis.inside.count;
    axis.taps.stride = 1;
    axis.taps.source_count.assign(count, 1);
    axis.taps.weights.assign(count, 1 << image::pil_precision_bits);
    for (std::size_t i = 0; i < count; ++i) {
        axis.taps.source_begin.push_back(static_cast<int>(first) + static_cast<int>(i));
    }
    axis.taps.lowest = static_cast<int>(first);
    axis.taps.end = static_cast<int>(first) + axis.inside.count;
    return axis;
}

// A face on its way to its two crops: the part of the photo that they need and their taps, in one block.
struct FaceBlock {
    struct Window {
        WindowAxis across, down;
        std::size_t across_at = 0;  // in the block: begins, counts, weights
        std::size_t down_at = 0;
    };
    cv::Rect part;
    Window small, large;
    at::Tensor block;

    [[nodiscard]] static FaceBlock of(const CropFrames& face);
};

std::size_t bytes_for(const image::PilTaps& taps) {
    return sizeof(std::int32_t) * (2 * static_cast<std::size_t>(taps.count) + taps.weights.size());
}

void put_axis(const image::PilTaps& taps, int origin, std::uint8_t* to) {
    auto* numbers = reinterpret_cast<std::int32_t*>(to);
    const auto count = static_cast<std::size_t>(taps.count);
    for (std::size_t i = 0; i < count; ++i) {
        numbers[i] = taps.source_begin[i] - origin;
        numbers[count + i] = taps.source_count[i];
    }
    std::copy(taps.weights.begin(), taps.weights.end(), numbers + 2 * count);
}

cuda::PilAxis axis_in(const std::uint8_t* at, const WindowAxis& axis) {
    const auto* numbers = reinterpret_cast<const std::int32_t*>(at);
    const std::int64_t count = axis.taps.count;
    return {numbers,           numbers + count, numbers + 2 * count, static_cast<int>(axis.taps.stride),
            axis.inside.first, axis.taps.count};
}

FaceBlock::Window window_of(const Photo& photo, const CropFrame& frame) {
    return {window_axis(photo.width, frame.width, frame.left, frame.size),
            window_axis(photo.height, frame.height, frame.up, frame.size)};
}

FaceBlock FaceBlock::of(const CropFrames& face) {
    FaceBlock one;
    one.small = window_of(*face.photo, face.small);
    one.large = window_of(*face.photo, face.large);
    for (const Window* window : {&one.small, &one.large}) {
        const image::PilTaps& across = window->across.taps;
        const image::PilTaps& down = window->down.taps;
        if (across.count > 0 && down.count > 0) {
            one.part |= cv::Rect(cv::Point(across.lowest, down.lowest), cv::Point(across.end, down.end));
        }
    }
    const std::size_t pixels = 3 * static_cast<std::size_t>(one.part.area());
    std::size_t used = (pixels + 15) / 16 * 16;
    for (Window* window : {&one.small, &one.large}) {
        window->across_at = used;
        used += bytes_for(window->across.taps);
        window->down_at = used;
        used += bytes_for(window->down.taps);
    }
    one.block = crossing_bytes(used);
    std::uint8_t* to = bytes_of(one.block);
    copy_part(image::matrix_of(*face.photo), one.part, to);
    for (const Window* window : {&one.small, &one.large}) {
        put_axis(window->across.taps, one.part.x, to + window->across_at);
        put_axis(window->down.taps, one.part.y, to + window->down_at);
    }
    return one;
}

cuda::WarpAxis warp_axis() {
    const FlowAxis& flow = flow_axis();
    cuda::WarpAxis axis{};
    for (std::size_t i = 0; i < flow.fraction.size(); ++i) {
        axis.low[i] = flow.positions[2 * i];
        axis.fraction[i] = flow.fraction[i];
    }
    return axis;
}

// What a warp needs, in one block: both drawings, then the flow's pattern.
constexpr std::size_t drawing_bytes = std::size_t{enlarged_side} * enlarged_side;
constexpr std::size_t flow_bytes = sizeof(float) * 2 * cuda::flow_pattern * cuda::flow_pattern;

struct WarpBlock {
    at::Tensor block;
    cuda::WarpJob job;
};

WarpBlock warp_block(const FaceContours& contours, const FlowSquare& square) {
    WarpBlock one{crossing_bytes(2 * drawing_bytes + flow_bytes), {}};
    std::uint8_t* to = bytes_of(one.block);
    cv::Mat outline(enlarged_side, enlarged_side, CV_8UC1, to);
    cv::Mat features(enlarged_side, enlarged_side, CV_8UC1, to + drawing_bytes);
    one.job.kernel = draw_contours(contours, outline, features);
    const std::vector<int> weights = blur_weights(one.job.kernel);
    std::copy(weights.begin(), weights.end(), one.job.weights);
    const cv::Mat flow = spread_flow(flow_strength(square.side));
    std::memcpy(to + 2 * drawing_bytes, flow.ptr(), flow_bytes);
    one.job.side = square.side;
    one.job.left = square.left;
    one.job.top = square.top;
    one.job.scale = image::opencv::resize_scale(cuda::flow_pattern, square.side);
    return one;
}

}  // namespace

DeviceCropper::DeviceCropper(c10::Device device, DeviceTurn& turn) : device_(device), turn_(turn) {
    const c10::InferenceMode inference;
    const cuda::WarpAxis axis = warp_axis();
    // Waits: it is used on another stream than this one.
    warp_axis_ = listed(std::span(&axis, 1)).to(device_);
}

at::Tensor DeviceCropper::cut(std::span<const PhotoCut> cuts, const SquareStyle& style, Crew& crew) const {
    const c10::InferenceMode inference;
    std::vector<at::Tensor> parts(cuts.size());
    std::vector<cuda::CutJob> jobs(cuts.size());
    crew.over(cuts.size(), [&](std::size_t i) {
        const c10::InferenceMode here;
        const auto& [photo, wanted] = cuts[i];
        const cv::Rect inside = wanted & cv::Rect(0, 0, photo.cols, photo.rows);
        parts[i] = crossing_bytes(3 * static_cast<std::size_t>(inside.area()));
        copy_part(photo, inside, bytes_of(parts[i]));
        set_rectangle(jobs[i], wanted, style.side);
        jobs[i].width = inside.width;
        jobs[i].height = inside.height;
        jobs[i].left = inside.x - wanted.x;
        jobs[i].top = inside.y - wanted.y;
    });
    at::Tensor out;
    turn_.queue([&] {
        for (std::size_t i = 0; i < jobs.size(); ++i) {
            parts[i] = parts[i].to(device_, /*non_blocking=*/true);
            jobs[i].pixels = bytes_of(parts[i]);
        }
        out = squares(jobs.size(), style.side);
        launch(jobs, style, out);
    });
    return out;
}

at::Tensor DeviceCropper::cut(const at::Tensor& from, std::span<const PictureCut> cuts,
                              const SquareStyle& style) const {
    const c10::InferenceMode inference;
    const auto side = static_cast<int>(from.size(1));
    const std::size_t bytes =
        std::size_t{3} * static_cast<std::size_t>(side) * static_cast<std::size_t>(side);
    std::vector<cuda::CutJob> jobs;
    for (const auto& [picture, wanted] : cuts) {
        cuda::CutJob& job = jobs.emplace_back();
        set_rectangle(job, wanted, style.side);
        job.pixels = bytes_of(from) + bytes * picture;
        job.width = side;
        job.height = side;
        job.left = -wanted.x;
        job.top = -wanted.y;
    }
    at::Tensor out;
    turn_.queue([&] {
        out = squares(jobs.size(), style.side);
        launch(jobs, style, out);
    });
    return out;
}

at::Tensor DeviceCropper::squares(std::size_t count, int side) const {
    return at::empty({static_cast<std::int64_t>(count), side, side, 3},
                     c10::TensorOptions().dtype(c10::kByte).device(device_));
}

void DeviceCropper::launch(std::span<const cuda::CutJob> jobs, const SquareStyle& style,
                           const at::Tensor& out) const {
    if (jobs.empty()) {
        return;
    }
    const at::Tensor there = listed(jobs).to(device_, /*non_blocking=*/true);
    cuda::cut_pictures(reinterpret_cast<const cuda::CutJob*>(bytes_of(there)), static_cast<int>(jobs.size()),
                       style_of(style), bytes_of(out), stream_on(device_));
}

AlignedCrops DeviceCropper::aligned_crops(std::span<const CropFrames> faces, Crew& crew) const {
    const c10::InferenceMode inference;
    std::vector<FaceBlock> blocks(faces.size());
    crew.over(faces.size(), [&](std::size_t i) {
        const c10::InferenceMode here;
        blocks[i] = FaceBlock::of(faces[i]);
    });
    at::Tensor small;
    at::Tensor small_bytes;
    at::Tensor large_bytes;
    turn_.run([&] {
        std::vector<at::Tensor> there;
        for (const FaceBlock& one : blocks) {
            there.push_back(one.block.to(device_, /*non_blocking=*/true));
        }
        const auto resampled = [&](const FaceBlock::Window FaceBlock::*window, int side) {
            std::vector<cuda::PilJob> jobs;
            std::vector<at::Tensor> between;
            int most_rows = 0;
            for (std::size_t i = 0; i < blocks.size(); ++i) {
                const FaceBlock::Window& own = blocks[i].*window;
                const std::uint8_t* block = bytes_of(there[i]);
                const auto numbers = std::int64_t{3} * blocks[i].part.height * own.across.taps.count;
                between.push_back(at::empty({std::max<std::int64_t>(numbers, 1)}, there[i].options()));
                jobs.push_back({block, blocks[i].part.width, blocks[i].part.height, bytes_of(between.back()),
                                axis_in(block + own.across_at, own.across),
                                axis_in(block + own.down_at, own.down)});
                most_rows = std::max(most_rows, blocks[i].part.height);
            }
            at::Tensor out = squares(jobs.size(), side);
            if (!jobs.empty()) {
                const at::Tensor list =
                    listed(std::span<const cuda::PilJob>(jobs)).to(device_, /*non_blocking=*/true);
                cuda::resample_windows(reinterpret_cast<const cuda::PilJob*>(bytes_of(list)),
                                       static_cast<int>(jobs.size()), most_rows, side, bytes_of(out),
                                       stream_on(device_));
            }
            return out;
        };
        small = resampled(&FaceBlock::small, 224);
        small_bytes = small.to(c10::kCPU, /*non_blocking=*/true);
        large_bytes = resampled(&FaceBlock::large, 512).to(c10::kCPU, /*non_blocking=*/true);
    });
    AlignedCrops crops{std::make_shared<TorchPictures>(small), std::vector<CropBytes>(faces.size())};
    crew.over(faces.size(), [&](std::size_t i) {
        constexpr std::size_t of_small = std::size_t{3} * 224 * 224;
        constexpr std::size_t of_large = std::size_t{3} * 512 * 512;
        const std::uint8_t* from = bytes_of(small_bytes) + of_small * i;
        crops.bytes[i].image_224.assign(from, from + of_small);
        from = bytes_of(large_bytes) + of_large * i;
        crops.bytes[i].image_512.assign(from, from + of_large);
    });
    return crops;
}

std::vector<std::optional<std::vector<std::uint8_t>>> DeviceCropper::warped(const at::Tensor& crops_224,
                                                                            std::span<const WarpOrder> orders,
                                                                            Crew& crew) const {
    const c10::InferenceMode inference;
    constexpr std::size_t of_crop = std::size_t{3} * cuda::crop * cuda::crop;
    std::vector<std::optional<std::vector<std::uint8_t>>> results(orders.size());
    std::vector<std::size_t> owners;
    for (std::size_t i = 0; i < orders.size(); ++i) {
        if (flow_square(orders[i].contours.box).side > 0) {
            owners.push_back(i);
        }
    }
    if (owners.empty()) {
        return results;
    }
    std::vector<WarpBlock> blocks(owners.size());
    crew.over(owners.size(), [&](std::size_t i) {
        const c10::InferenceMode here;
        const WarpOrder& order = orders[owners[i]];
        blocks[i] = warp_block(order.contours, flow_square(order.contours.box));
        blocks[i].job.crop = bytes_of(crops_224) + of_crop * order.picture;
    });
    at::Tensor bytes;
    turn_.run([&] {
        std::vector<at::Tensor> there;
        std::vector<cuda::WarpJob> jobs;
        for (const WarpBlock& one : blocks) {
            there.push_back(one.block.to(device_, /*non_blocking=*/true));
            const std::uint8_t* block = bytes_of(there.back());
            there.push_back(at::empty({std::int64_t{2} * 2 * cuda::crop * cuda::enlarged},
                                      there.back().options().dtype(c10::kShort)));
            cuda::WarpJob& job = jobs.emplace_back(one.job);
            job.outline = block;
            job.features = block + drawing_bytes;
            job.flow = reinterpret_cast<const float*>(block + 2 * drawing_bytes);
            job.between = static_cast<std::uint16_t*>(there.back().data_ptr());
        }
        const at::Tensor list =
            listed(std::span<const cuda::WarpJob>(jobs)).to(device_, /*non_blocking=*/true);
        const at::Tensor out = squares(jobs.size(), cuda::crop);
        cuda::warp_crops(reinterpret_cast<const cuda::WarpJob*>(bytes_of(list)),
                         static_cast<int>(jobs.size()),
                         reinterpret_cast<const cuda::WarpAxis*>(bytes_of(warp_axis_)), 1.0 / enlargement(),
                         bytes_of(out), stream_on(device_));
        bytes = out.to(c10::kCPU, /*non_blocking=*/true);
    });
    for (std::size_t i = 0; i < owners.size(); ++i) {
        const std::uint8_t* from = bytes_of(bytes) + of_crop * i;
        results[owners[i]].emplace(from, from + of_crop);
    }
    return results;
}

}  // namespace hrn::front
