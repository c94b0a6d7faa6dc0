#include "worker/hrn/front/official_networks.hpp"

#include <c10/core/InferenceMode.h>

#include <algorithm>
#include <span>

#include "worker/hrn/front/device_turn.hpp"
#include "worker/hrn/front/fan_network.hpp"
#include "worker/hrn/front/input_batch.hpp"
#include "worker/hrn/front/network_106.hpp"
#include "worker/hrn/front/retina_network.hpp"
#include "worker/hrn/front/s3fd_network.hpp"
#include "worker/hrn/networks/graphed_network.hpp"
#include "worker/model/mat_file.hpp"
#include "worker/model/model_directory.hpp"
#include "worker/model/torch_file.hpp"

namespace hrn::front {

using networks::Placement;
using networks::Weights;

namespace {

// Images per call of a network on a GPU: enough to fill it, little enough to leave memory for the core.
constexpr std::size_t gpu_batch = 32;

template <typename Network>
Network load(const model::ModelDirectory& directory, std::string_view name, const Placement& placement) {
    const model::TensorFile file = model::read_torch_file(directory.require(name));
    return Network(Weights(file, "", placement));
}

Network106 load_106(const model::ModelDirectory& directory, const Placement& placement) {
    const model::TensorFile file = model::read_torch_file(directory.require(model::file::landmarks_106));
    return Network106(Weights(file, prefix_106(file), placement));
}

struct Fan {
    std::unique_ptr<FanNetwork> network;
    bool ours = false;  // our own module, of which we know that it waits for nothing
};

Fan load_fan(const model::ModelDirectory& directory, const Placement& placement) {
    const std::string_view name = directory.fan_file().value_or(model::file::fan_torchscript);
    const std::filesystem::path path = directory.require(name);
    if (model::is_torchscript(path)) {
        return {load_fan_script(path, placement), false};
    }
    const model::TensorFile file = model::read_torch_file(path);
    const char* prefix = file.has_prefix("state_dict.conv1.") ? "state_dict" : "";
    return {make_fan(Weights(file, prefix, placement)), true};
}

SquareRegressor load_regressor(const model::ModelDirectory& directory) {
    const model::MatFile file =
        model::read_mat(directory.require(model::file::bbregressor), {"W1", "B1", "W2", "B2"});
    return {file.require("W1", {200, 10}).to_doubles(), file.require("B1", {200, 1}).to_doubles(),
            file.require("W2", {3, 200}).to_doubles(), file.require("B2", {3, 1}).to_doubles()};
}

// One image's part of an output as row-major float32.
std::vector<float> numbers_of(const at::Tensor& on_cpu, std::size_t image) {
    const auto count = static_cast<std::size_t>(on_cpu.numel() / on_cpu.size(0));
    const float* first = on_cpu.data_ptr<float>() + count * image;
    return {first, first + count};
}

// Row-major float32, on its way to the CPU: there when the device has done all that is queued before.
at::Tensor sent_to_cpu(const at::Tensor& x) {
    return x.to(c10::kFloat).contiguous().to(c10::kCPU, /*non_blocking=*/true);
}

class LoadedNetworks final : public OfficialNetworks {
public:
    LoadedNetworks(const model::ModelDirectory& directory, const Placement& where)
        : placement_(where),
          retina_(load<RetinaNetwork>(directory, model::file::retinaface, where)),
          landmarks_106_(load_106(directory, where)),
          s3fd_(load<S3fdNetwork>(directory, model::file::s3fd, where)),
          fan_(load_fan(directory, where)),
          memory_(std::make_shared<networks::GraphMemory>()),
          retina_graph_(graph([this](const at::Tensor& x) { return listed(retina_(x)); })),
          graph_106_(graph([this](const at::Tensor& x) { return Tensors{landmarks_106_(x)}; })),
          s3fd_graph_(graph([this](const at::Tensor& x) { return listed(s3fd_(x)); })),
          fan_graph_([this](const at::Tensor& x) { return Tensors{(*fan_.network)(x)}; }, where, gpu_batch,
                     fan_.ours ? memory_ : nullptr),
          retina_input_(InputKind::retina, where),
          input_106_(InputKind::landmarks_106, where),
          s3fd_input_(InputKind::s3fd, where),
          fan_input_(InputKind::fan, where),
          turn_(!where.on_cpu()),
          regressor_(load_regressor(directory)) {}

    std::vector<RetinaRaw> retina(const NetworkInputs& inputs, bool landmarks) const override {
        std::vector<RetinaRaw> raw;
        const auto network = [&](const at::Tensor& x) {
            Tensors out = retina_graph_(x);
            out.resize(landmarks ? 3 : 2);
            return out;
        };
        in_batches(retina_input_, inputs, network, [&](const Tensors& out, std::size_t count) {
            for (std::size_t i = 0; i < count; ++i) {
                raw.push_back({numbers_of(out[0], i), numbers_of(out[1], i),
                               landmarks ? numbers_of(out[2], i) : std::vector<float>()});
            }
        });
        return raw;
    }

    std::vector<std::vector<float>> logits_106(const NetworkInputs& inputs) const override {
        return first_outputs(input_106_, inputs, graph_106_);
    }

    std::vector<S3fdRaw> s3fd(const NetworkInputs& inputs) const override {
        std::vector<S3fdRaw> raw;
        const auto network = [&](const at::Tensor& x) { return s3fd_graph_(x); };
        in_batches(s3fd_input_, inputs, network, [&](const Tensors& out, std::size_t count) {
            const std::size_t first = raw.size();
            raw.resize(first + count);
            for (std::size_t level = 0; level < s3fd_levels; ++level) {
                const at::Tensor& classes = out[level];
                const at::Tensor& offsets = out[s3fd_levels + level];
                for (std::size_t i = 0; i < count; ++i) {
                    raw[first + i][level] = {static_cast<int>(classes.size(2)),
                                             static_cast<int>(classes.size(3)), numbers_of(classes, i),
                                             numbers_of(offsets, i)};
                }
            }
        });
        return raw;
    }

    std::vector<std::vector<float>> heat_maps(const NetworkInputs& inputs) const override {
        return first_outputs(fan_input_, inputs, fan_graph_);
    }

    [[nodiscard]] const SquareRegressor& square_regressor() const override { return regressor_; }

private:
    using Tensors = std::vector<at::Tensor>;

    static Tensors listed(const RetinaTensors& out) { return {out.confidences, out.offsets, out.landmarks}; }
    // The classes of all levels, then the offsets.
    static Tensors listed(const S3fdTensors& out) {
        Tensors list(out.classes.begin(), out.classes.end());
        list.insert(list.end(), out.offsets.begin(), out.offsets.end());
        return list;
    }
    networks::GraphedNetwork graph(networks::GraphedNetwork::Forward forward) {
        return {std::move(forward), placement_, gpu_batch, memory_};
    }

    // For batches of all inputs: network(tensor) queues its work on the device, accept(outputs on the CPU,
    // number of images) looks at the numbers when they are there. Other threads' batches go between.
    template <typename Network, typename Accept>
    void in_batches(const InputBatch& kind, const NetworkInputs& inputs, Network network,
                    Accept accept) const {
        const c10::InferenceMode inference;
        const std::size_t largest = placement_.on_cpu() ? 1 : gpu_batch;
        const std::span<const NetworkInput> all(inputs);
        for (std::size_t first = 0; first < all.size(); first += largest) {
            const auto part = all.subspan(first, std::min(largest, all.size() - first));
            const StagedInputs staged = kind.stage(part);
            Tensors out;
            turn_.run([&] {
                out = network(kind.normalised(staged));
                for (at::Tensor& numbers : out) {
                    numbers = sent_to_cpu(numbers);
                }
            });
            accept(out, part.size());
        }
    }

    std::vector<std::vector<float>> first_outputs(const InputBatch& kind, const NetworkInputs& inputs,
                                                  networks::GraphedNetwork& graph) const {
        std::vector<std::vector<float>> numbers;
        const auto network = [&](const at::Tensor& x) { return Tensors{graph.first(x)}; };
        in_batches(kind, inputs, network, [&](const Tensors& out, std::size_t count) {
            for (std::size_t i = 0; i < count; ++i) {
                numbers.push_back(numbers_of(out[0], i));
            }
        });
        return numbers;
    }

    Placement placement_;
    RetinaNetwork retina_;
    Network106 landmarks_106_;
    S3fdNetwork s3fd_;
    Fan fan_;
    std::shared_ptr<networks::GraphMemory> memory_;
    // Recorded anew for each batch size that comes: the only state, and of whoever has his turn.
    mutable networks::GraphedNetwork retina_graph_, graph_106_, s3fd_graph_, fan_graph_;
    InputBatch retina_input_, input_106_, s3fd_input_, fan_input_;
    mutable DeviceTurn turn_;
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
