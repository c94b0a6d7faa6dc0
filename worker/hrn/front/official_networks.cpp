#include "worker/hrn/front/official_networks.hpp"

#include <ATen/ops/empty.h>
#include <c10/core/InferenceMode.h>

#include <algorithm>
#include <bit>
#include <functional>
#include <opencv2/core.hpp>
#include <optional>
#include <span>

#include "worker/hrn/front/device_pictures.hpp"
#include "worker/hrn/front/device_turn.hpp"
#include "worker/hrn/front/fan_network.hpp"
#include "worker/hrn/front/input_batch.hpp"
#include "worker/hrn/front/network_106.hpp"
#include "worker/hrn/front/retina_network.hpp"
#include "worker/hrn/front/s3fd_network.hpp"
#include "worker/hrn/front/torch_pictures.hpp"
#include "worker/hrn/networks/graphed_network.hpp"
#include "worker/model/mat_file.hpp"
#include "worker/model/model_directory.hpp"
#include "worker/model/torch_file.hpp"
#ifdef HRN_WITH_CUDA
#include "worker/hrn/front/device_cropper.hpp"
#endif

namespace hrn::front {

using networks::Placement;
using networks::Weights;

namespace {

// Images per call of a network on a GPU: enough to fill it, little enough to leave memory for the core.
constexpr std::size_t gpu_batch = 32;
// The batch whose bits are an image's numbers: half as fast as the largest, and a lone image waits little
// longer than for itself.
constexpr std::int64_t first_batch = 8;

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

// Different pictures of noise for a network, as it eats them.
at::Tensor noise_for(const InputBatch& kind, std::int64_t count) {
    at::Tensor pictures =
        at::empty({count, kind.side(), kind.side(), 3}, c10::TensorOptions().dtype(c10::kByte));
    cv::Mat rows(static_cast<int>(count) * kind.side(), kind.side(), CV_8UC3, pictures.data_ptr());
    cv::RNG(1).fill(rows, cv::RNG::UNIFORM, 0, 256);
    return kind.normalised({pictures, {}});
}

class LoadedNetworks final : public OfficialNetworks, private DeviceChain {
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
          fan_graph_([this](const at::Tensor& x) { return Tensors{(*fan_.network)(x)}; }, where,
                     {first_batch}, fan_.ours ? memory_ : nullptr),
          retina_input_(InputKind::retina, where),
          input_106_(InputKind::landmarks_106, where),
          s3fd_input_(InputKind::s3fd, where),
          fan_input_(InputKind::fan, where),
          turn_(!where.on_cpu()),
          regressor_(load_regressor(directory)) {
#ifdef HRN_WITH_CUDA
        if (!where.on_cpu()) {
            cropper_.emplace(where.device, turn_);
        }
#endif
    }

    std::vector<RetinaRaw> retina(const NetworkInputs& inputs, bool landmarks) const override {
        return retina_of(host(retina_input_, inputs), landmarks);
    }
    std::vector<std::vector<float>> logits_106(const NetworkInputs& inputs) const override {
        return first_outputs(host(input_106_, inputs), input_106_, graph_106_);
    }
    std::vector<S3fdRaw> s3fd(const NetworkInputs& inputs) const override {
        return s3fd_of(host(s3fd_input_, inputs));
    }
    std::vector<std::vector<float>> heat_maps(const NetworkInputs& inputs) const override {
        return first_outputs(host(fan_input_, inputs), fan_input_, fan_graph_);
    }

    [[nodiscard]] const SquareRegressor& square_regressor() const override {
        return regressor_;
    }

    [[nodiscard]] const DeviceChain* on_device() const override {
#ifdef HRN_WITH_CUDA
        return cropper_ ? this : nullptr;
#else
        return nullptr;
#endif
    }

    std::vector<std::string> settle(int largest) override {
        std::vector<std::string> warnings;
        if (placement_.on_cpu()) {
            return warnings;
        }
        const c10::InferenceMode inference;
        const std::int64_t most = std::bit_floor(static_cast<std::uint64_t>(
            std::clamp<std::int64_t>(largest, 1, static_cast<std::int64_t>(gpu_batch))));
        const auto settle_one = [&](const char* name, networks::GraphedNetwork& graphed,
                                    const InputBatch& kind) {
            turn_.run([&] {
                if (!graphed.settle(noise_for(kind, most), networks::batch_sizes_up_to(most))) {
                    warnings.push_back(std::string("on this device the numbers of ") + name +
                                       " depend on what else is in a batch, in their last bits");
                }
            });
        };
        settle_one("the detector", retina_graph_, retina_input_);
        settle_one("the 106 landmarks", graph_106_, input_106_);
        settle_one("the detector of the aligned crop", s3fd_graph_, s3fd_input_);
        settle_one("the 68 landmarks", fan_graph_, fan_input_);
        return warnings;
    }

private:
    using Tensors = std::vector<at::Tensor>;

    static Tensors listed(const RetinaTensors& out) {
        return {out.confidences, out.offsets, out.landmarks};
    }
    // The classes of all levels, then the offsets.
    static Tensors listed(const S3fdTensors& out) {
        Tensors list(out.classes.begin(), out.classes.end());
        list.insert(list.end(), out.offsets.begin(), out.offsets.end());
        return list;
    }
    networks::GraphedNetwork graph(networks::GraphedNetwork::Forward forward) {
        return {std::move(forward), placement_, {first_batch}, memory_};
    }

    // A list of pictures, and how some of them are staged.
    struct Pictures {
        std::size_t count;
        std::function<StagedInputs(std::size_t first, std::size_t count)> stage;
    };
    static Pictures host(const InputBatch& kind, const NetworkInputs& inputs) {
        return {inputs.size(), [&](std::size_t first, std::size_t count) {
                    return kind.stage(std::span<const NetworkInput>(inputs).subspan(first, count));
                }};
    }
    static Pictures there(const DevicePictures& pictures) {
        return {pictures.count(), [&](std::size_t first, std::size_t count) {
                    return StagedInputs{tensor_of(pictures).narrow(0, static_cast<std::int64_t>(first),
                                                                   static_cast<std::int64_t>(count)),
                                        {}};
                }};
    }

    // For batches of all pictures: network(tensor) queues its work on the device, accept(outputs on the CPU,
    // number of images) looks at the numbers when they are there. Other threads' batches go between.
    template <typename Network, typename Accept>
    void in_batches(const Pictures& pictures, const InputBatch& kind, Network network, Accept accept) const {
        const c10::InferenceMode inference;
        const std::size_t largest = placement_.on_cpu() ? 1 : gpu_batch;
        for (std::size_t first = 0; first < pictures.count; first += largest) {
            const std::size_t count = std::min(largest, pictures.count - first);
            const StagedInputs staged = pictures.stage(first, count);
            Tensors out;
            turn_.run([&] {
                out = network(kind.normalised(staged));
                for (at::Tensor& numbers : out) {
                    numbers = sent_to_cpu(numbers);
                }
            });
            accept(out, count);
        }
    }

    std::vector<RetinaRaw> retina_of(const Pictures& pictures, bool landmarks) const {
        std::vector<RetinaRaw> raw;
        const auto network = [&](const at::Tensor& x) {
            Tensors out = retina_graph_(x);
            out.resize(landmarks ? 3 : 2);
            return out;
        };
        in_batches(pictures, retina_input_, network, [&](const Tensors& out, std::size_t count) {
            for (std::size_t i = 0; i < count; ++i) {
                raw.push_back({numbers_of(out[0], i), numbers_of(out[1], i),
                               landmarks ? numbers_of(out[2], i) : std::vector<float>()});
            }
        });
        return raw;
    }

    std::vector<S3fdRaw> s3fd_of(const Pictures& pictures) const {
        std::vector<S3fdRaw> raw;
        const auto network = [&](const at::Tensor& x) { return s3fd_graph_(x); };
        in_batches(pictures, s3fd_input_, network, [&](const Tensors& out, std::size_t count) {
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

    std::vector<std::vector<float>> first_outputs(const Pictures& pictures, const InputBatch& kind,
                                                  networks::GraphedNetwork& graph) const {
        std::vector<std::vector<float>> numbers;
        const auto network = [&](const at::Tensor& x) { return Tensors{graph.first(x)}; };
        in_batches(pictures, kind, network, [&](const Tensors& out, std::size_t count) {
            for (std::size_t i = 0; i < count; ++i) {
                numbers.push_back(numbers_of(out[0], i));
            }
        });
        return numbers;
    }

    // DeviceChain.
    std::vector<RetinaRaw> retina(const DevicePictures& pictures) const override {
        return retina_of(there(pictures), /*landmarks=*/false);
    }
    std::vector<std::vector<float>> logits_106(const DevicePictures& pictures) const override {
        return first_outputs(there(pictures), input_106_, graph_106_);
    }
    std::vector<S3fdRaw> s3fd(const DevicePictures& pictures) const override {
        return s3fd_of(there(pictures));
    }
    std::vector<std::vector<float>> heat_maps(const DevicePictures& pictures) const override {
        return first_outputs(there(pictures), fan_input_, fan_graph_);
    }
#ifdef HRN_WITH_CUDA
    DevicePicturesPointer cut(std::span<const PhotoCut> cuts, const SquareStyle& style,
                              Crew& crew) const override {
        return std::make_shared<TorchPictures>(cropper_->cut(cuts, style, crew));
    }
    DevicePicturesPointer cut(const DevicePictures& from, std::span<const PictureCut> cuts,
                              const SquareStyle& style) const override {
        return std::make_shared<TorchPictures>(cropper_->cut(tensor_of(from), cuts, style));
    }
    AlignedCrops aligned_crops(std::span<const CropFrames> faces, Crew& crew) const override {
        return cropper_->aligned_crops(faces, crew);
    }
    std::vector<std::optional<std::vector<std::uint8_t>>> warped(const DevicePictures& crops_224,
                                                                 std::span<const WarpOrder> orders,
                                                                 Crew& crew) const override {
        return cropper_->warped(tensor_of(crops_224), orders, crew);
    }
#else
    // Never called: on_device() gives none.
    DevicePicturesPointer cut(std::span<const PhotoCut> /*cuts*/, const SquareStyle& /*style*/,
                              Crew& /*crew*/) const override {
        return nullptr;
    }
    DevicePicturesPointer cut(const DevicePictures& /*from*/, std::span<const PictureCut> /*cuts*/,
                              const SquareStyle& /*style*/) const override {
        return nullptr;
    }
    AlignedCrops aligned_crops(std::span<const CropFrames> /*faces*/, Crew& /*crew*/) const override {
        return {};
    }
    std::vector<std::optional<std::vector<std::uint8_t>>> warped(const DevicePictures& /*crops_224*/,
                                                                 std::span<const WarpOrder> /*orders*/,
                                                                 Crew& /*crew*/) const override {
        return {};
    }
#endif

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
#ifdef HRN_WITH_CUDA
    std::optional<DeviceCropper> cropper_;  // on a device
#endif
};

}  // namespace

std::unique_ptr<OfficialNetworks> load_official_networks(const model::ModelDirectory& directory,
                                                         const std::string& device,
                                                         const std::string& precision) {
    const c10::InferenceMode inference;
    return std::make_unique<LoadedNetworks>(directory, networks::parse_placement(device, precision));
}

}  // namespace hrn::front
