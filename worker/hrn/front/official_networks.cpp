#include "worker/hrn/front/official_networks.hpp"

#include <ATen/ops/empty.h>
#include <c10/core/InferenceMode.h>

#include <algorithm>
#include <stdexcept>

#include "worker/hrn/front/fan_network.hpp"
#include "worker/hrn/front/landmarks_106.hpp"
#include "worker/hrn/front/landmarks_68.hpp"
#include "worker/hrn/front/network_106.hpp"
#include "worker/hrn/front/retina_network.hpp"
#include "worker/hrn/front/s3fd_network.hpp"
#include "worker/model/mat_file.hpp"
#include "worker/model/model_directory.hpp"
#include "worker/model/torch_file.hpp"

namespace hrn::front {

using networks::Placement;
using networks::Weights;

namespace {

// Images per call of a network on a GPU: enough to fill it, little enough to leave memory for the core.
constexpr std::size_t gpu_batch = 16;

template <typename Network>
Network load(const model::ModelDirectory& directory, std::string_view name, const Placement& placement) {
    const model::TensorFile file = model::read_torch_file(directory.require(name));
    return Network(Weights(file, "", placement));
}

Network106 load_106(const model::ModelDirectory& directory, const Placement& placement) {
    const model::TensorFile file = model::read_torch_file(directory.require(model::file::landmarks_106));
    return Network106(Weights(file, prefix_106(file), placement));
}

std::unique_ptr<FanNetwork> load_fan(const model::ModelDirectory& directory, const Placement& placement) {
    const std::string_view name = directory.fan_file().value_or(model::file::fan_torchscript);
    const std::filesystem::path path = directory.require(name);
    if (model::is_torchscript(path)) {
        return load_fan_script(path, placement);
    }
    const model::TensorFile file = model::read_torch_file(path);
    const char* prefix = file.has_prefix("state_dict.conv1.") ? "state_dict" : "";
    return make_fan(Weights(file, prefix, placement));
}

SquareRegressor load_regressor(const model::ModelDirectory& directory) {
    const model::MatFile file =
        model::read_mat(directory.require(model::file::bbregressor), {"W1", "B1", "W2", "B2"});
    return {file.require("W1", {200, 10}).to_doubles(), file.require("B1", {200, 1}).to_doubles(),
            file.require("W2", {3, 200}).to_doubles(), file.require("B2", {3, 1}).to_doubles()};
}

// Inputs first .. first + count - 1 as one tensor where and how the networks want it.
at::Tensor batch_of(const std::vector<Planes>& inputs, std::size_t first, std::size_t count,
                    std::int64_t side, const Placement& placement) {
    const auto n = static_cast<std::int64_t>(count);
    at::Tensor batch = at::empty({n, 3, side, side}, c10::TensorOptions().dtype(c10::kFloat));
    auto* to = batch.data_ptr<float>();
    const auto numbers = static_cast<std::size_t>(3 * side * side);
    for (std::size_t i = 0; i < count; ++i) {
        if (inputs[first + i].size() != numbers) {
            throw std::invalid_argument("a network's input has another size than 3 x " +
                                        std::to_string(side) + " x " + std::to_string(side));
        }
        std::copy_n(inputs[first + i].data(), numbers, to + numbers * i);
    }
    return networks::place(batch, placement);
}

// One image's part of an output as row-major float32.
std::vector<float> numbers_of(const at::Tensor& on_cpu, std::size_t image) {
    const auto count = static_cast<std::size_t>(on_cpu.numel() / on_cpu.size(0));
    const float* first = on_cpu.data_ptr<float>() + count * image;
    return {first, first + count};
}

at::Tensor to_cpu(const at::Tensor& x) {
    return x.to(c10::kCPU, c10::kFloat).contiguous();
}

class LoadedNetworks final : public OfficialNetworks {
public:
    LoadedNetworks(const model::ModelDirectory& directory, const Placement& where)
        : placement_(where),
          retina_(load<RetinaNetwork>(directory, model::file::retinaface, where)),
          landmarks_106_(load_106(directory, where)),
          s3fd_(load<S3fdNetwork>(directory, model::file::s3fd, where)),
          fan_(load_fan(directory, where)),
          regressor_(load_regressor(directory)) {}

    std::vector<RetinaRaw> retina(const std::vector<Planes>& inputs) const override {
        std::vector<RetinaRaw> raw;
        in_batches(inputs, retina_side, [&](const at::Tensor& batch, std::size_t count) {
            const RetinaTensors out = retina_(batch);
            const at::Tensor confidences = to_cpu(out.confidences);
            const at::Tensor offsets = to_cpu(out.offsets);
            const at::Tensor landmarks = to_cpu(out.landmarks);
            for (std::size_t i = 0; i < count; ++i) {
                raw.push_back({numbers_of(confidences, i), numbers_of(offsets, i), numbers_of(landmarks, i)});
            }
        });
        return raw;
    }

    std::vector<std::vector<float>> logits_106(const std::vector<Planes>& inputs) const override {
        std::vector<std::vector<float>> logits;
        in_batches(inputs, crop_106_side, [&](const at::Tensor& batch, std::size_t count) {
            const at::Tensor out = to_cpu(landmarks_106_(batch));
            for (std::size_t i = 0; i < count; ++i) {
                logits.push_back(numbers_of(out, i));
            }
        });
        return logits;
    }

    std::vector<S3fdRaw> s3fd(const std::vector<Planes>& inputs) const override {
        std::vector<S3fdRaw> raw;
        in_batches(inputs, crop_a_side, [&](const at::Tensor& batch, std::size_t count) {
            const S3fdTensors out = s3fd_(batch);
            const std::size_t first = raw.size();
            raw.resize(first + count);
            for (std::size_t level = 0; level < out.classes.size(); ++level) {
                const at::Tensor classes = to_cpu(out.classes[level]);
                const at::Tensor offsets = to_cpu(out.offsets[level]);
                for (std::size_t i = 0; i < count; ++i) {
                    raw[first + i][level] = {static_cast<int>(classes.size(2)),
                                             static_cast<int>(classes.size(3)), numbers_of(classes, i),
                                             numbers_of(offsets, i)};
                }
            }
        });
        return raw;
    }

    std::vector<std::vector<float>> heat_maps(const std::vector<Planes>& inputs) const override {
        std::vector<std::vector<float>> maps;
        in_batches(inputs, fan_side, [&](const at::Tensor& batch, std::size_t count) {
            const at::Tensor out = to_cpu((*fan_)(batch));
            for (std::size_t i = 0; i < count; ++i) {
                maps.push_back(numbers_of(out, i));
            }
        });
        return maps;
    }

    [[nodiscard]] const SquareRegressor& square_regressor() const override { return regressor_; }

private:
    // Calls compute(tensor, number of images in it) for batches of all inputs.
    template <typename Compute>
    void in_batches(const std::vector<Planes>& inputs, std::int64_t side, Compute compute) const {
        const c10::InferenceMode inference;
        const std::size_t largest = placement_.on_cpu() ? 1 : gpu_batch;
        for (std::size_t first = 0; first < inputs.size(); first += largest) {
            const std::size_t count = std::min(largest, inputs.size() - first);
            compute(batch_of(inputs, first, count, side, placement_), count);
        }
    }

    Placement placement_;
    RetinaNetwork retina_;
    Network106 landmarks_106_;
    S3fdNetwork s3fd_;
    std::unique_ptr<FanNetwork> fan_;
    SquareRegressor regressor_;
};

}  // namespace

std::unique_ptr<OfficialNetworks> load_official_networks(const model::ModelDirectory& directory,
                                                         const std::string& device,
                                                         const std::string& precision) {
    const c10::InferenceMode inference;
    return std::make_unique<LoadedNetworks>(directory, networks::parse_placement(device, precision));
}

}  // namespace hrn::front
