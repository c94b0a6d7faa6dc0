#include "worker/hrn/front/input_batch.hpp"

#include <ATen/ops/arange.h>
#include <ATen/ops/empty.h>

#include <algorithm>
#include <cstring>
#include <stdexcept>
#include <string>

#include "worker/hrn/front/landmark_crop.hpp"
#include "worker/hrn/front/landmarks_106.hpp"
#include "worker/hrn/front/landmarks_68.hpp"
#include "worker/hrn/front/retina_boxes.hpp"
#include "worker/hrn/front/s3fd_boxes.hpp"
#include "worker/hrn/networks/layers.hpp"

namespace hrn::front {

using networks::Placement;

namespace {

std::vector<float> planes_of(InputKind kind, const NetworkInput& input) {
    switch (kind) {
        case InputKind::retina:
            return retina_planes(input);
        case InputKind::landmarks_106:
            return input_106(input.rgb);
        case InputKind::s3fd:
            return s3fd_input(input.rgb);
        case InputKind::fan:
            return fan_input(input.rgb);
    }
    return {};
}

void copy_rows(const NetworkInput& input, std::size_t side, std::uint8_t* square) {
    const auto bytes = static_cast<std::size_t>(input.rgb.cols) * 3;
    for (int row = 0; row < input.rgb.rows; ++row) {
        const std::size_t at =
            static_cast<std::size_t>(input.top + row) * side + static_cast<std::size_t>(input.left);
        std::memcpy(square + 3 * at, input.rgb.ptr(row), bytes);
    }
}

// One number per channel, to be broadcast over a batch. Copied to the device once: later it would have to be
// waited for.
at::Tensor per_channel(const std::array<double, 3>& numbers, c10::ScalarType type, c10::Device device) {
    at::Tensor there = at::empty({1, 3, 1, 1}, c10::TensorOptions().dtype(c10::kDouble));
    std::copy(numbers.begin(), numbers.end(), there.data_ptr<double>());
    return there.to(c10::TensorOptions().dtype(type).device(device));
}

// 0 outside of each picture's frame.
at::Tensor framed(const at::Tensor& x, const at::Tensor& frames) {
    const at::Tensor bounds = frames.to(x.device(), /*non_blocking=*/true);
    const at::Tensor places = at::arange(x.size(2), bounds.options());
    const auto within = [&](std::int64_t low) {
        const at::Tensor begin = bounds.narrow(1, low, 1);
        const at::Tensor end = bounds.narrow(1, low + 1, 1);
        return places.ge(begin).logical_and(places.lt(end));  // n x side
    };
    const at::Tensor outside = within(0).unsqueeze(2).logical_and(within(2).unsqueeze(1)).logical_not();
    return x.masked_fill(outside.unsqueeze(1), 0);
}

}  // namespace

InputBatch::InputBatch(InputKind kind, const Placement& placement) : kind_(kind), placement_(placement) {
    const auto constant = [&](const auto& numbers, c10::ScalarType type) {
        return per_channel({numbers[0], numbers[1], numbers[2]}, type, placement.device);
    };
    constexpr std::array<double, 3> full = {255, 255, 255};
    switch (kind) {
        case InputKind::retina:
            less_ = constant(retina_normalisation().mean, c10::kFloat);
            times_ = constant(retina_normalisation().reciprocal, c10::kFloat);
            break;
        case InputKind::landmarks_106:  // in double, as officially
            less_ = constant(means_106, c10::kDouble);
            over_ = constant(full, c10::kDouble);
            break;
        case InputKind::s3fd:
            less_ = constant(s3fd_means, c10::kFloat);
            break;
        case InputKind::fan:
            over_ = constant(full, c10::kFloat);
            break;
    }
}

int InputBatch::side() const {
    switch (kind_) {
        case InputKind::retina:
            return retina_side;
        case InputKind::landmarks_106:
            return crop_106_side;
        case InputKind::s3fd:
            return crop_a_side;
        case InputKind::fan:
            return fan_side;
    }
    return 0;
}

void InputBatch::check(const NetworkInput& input) const {
    const bool inside = input.left >= 0 && input.top >= 0 && input.left + input.rgb.cols <= side() &&
                        input.top + input.rgb.rows <= side();
    const bool full = input.rgb.cols == side() && input.rgb.rows == side();
    if (input.rgb.type() != CV_8UC3 || !inside || !(full || kind_ == InputKind::retina)) {
        throw std::invalid_argument("a picture of " + std::to_string(input.rgb.cols) + " x " +
                                    std::to_string(input.rgb.rows) + " for a network's input of " +
                                    std::to_string(side()));
    }
}

at::Tensor InputBatch::stage_planes(std::span<const NetworkInput> inputs) const {
    at::Tensor batch = at::empty({static_cast<std::int64_t>(inputs.size()), 3, side(), side()},
                                 c10::TensorOptions().dtype(c10::kFloat));
    auto* to = batch.data_ptr<float>();
    for (const NetworkInput& input : inputs) {
        const std::vector<float> planes = planes_of(kind_, input);
        to = std::copy(planes.begin(), planes.end(), to);
    }
    return batch;
}

StagedInputs InputBatch::stage(std::span<const NetworkInput> inputs) const {
    for (const NetworkInput& input : inputs) {
        check(input);
    }
    if (placement_.on_cpu()) {
        return {stage_planes(inputs), {}};
    }
    const auto width = static_cast<std::size_t>(side());
    const auto count = static_cast<std::int64_t>(inputs.size());
    const auto bytes = c10::TensorOptions().dtype(c10::kByte).pinned_memory(true);
    StagedInputs staged;
    staged.pictures = at::empty({count, side(), side(), 3}, bytes);
    const at::Tensor frames = at::empty({count, 4}, bytes.dtype(c10::kInt));
    bool all_full = true;
    for (std::size_t i = 0; i < inputs.size(); ++i) {
        const NetworkInput& input = inputs[i];
        copy_rows(input, width, staged.pictures.data_ptr<std::uint8_t>() + 3 * width * width * i);
        const int frame[] = {input.top, input.top + input.rgb.rows, input.left, input.left + input.rgb.cols};
        std::copy_n(frame, 4, frames.data_ptr<int>() + 4 * i);
        all_full = all_full && input.rgb.total() == width * width;
    }
    if (!all_full) {
        staged.frames = frames;
    }
    return staged;
}

at::Tensor InputBatch::normalised(const StagedInputs& staged) const {
    if (placement_.on_cpu()) {
        return networks::place(staged.pictures, placement_);
    }
    at::Tensor x = staged.pictures.to(placement_.device, /*non_blocking=*/true).permute({0, 3, 1, 2});
    if (kind_ == InputKind::s3fd) {
        x = x.flip(1);  // the network sees blue first
    }
    x = x.to(kind_ == InputKind::landmarks_106 ? c10::kDouble : c10::kFloat);
    if (less_.defined()) {
        x = x.sub(less_);
    }
    if (times_.defined()) {
        x = x.mul(times_);
    }
    if (over_.defined()) {
        x = x.div(over_);
    }
    if (staged.frames.defined()) {
        x = framed(x, staged.frames);
    }
    return networks::place(x, placement_);
}

}  // namespace hrn::front
