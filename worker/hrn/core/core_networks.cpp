#include "worker/hrn/core/core_networks.hpp"

#include <ATen/Parallel.h>
#include <ATen/core/Tensor.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/rand.h>
#include <c10/core/InferenceMode.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <functional>
#include <string>

#include "worker/hrn/networks/graphed_network.hpp"
#include "worker/model/array.hpp"
#include "worker/model/model_directory.hpp"
#include "worker/model/torch_file.hpp"

namespace hrn::core {
namespace {

// More images at once gain no speed, but memory: a UNet takes about 0.5 GB an image in fp32.
constexpr std::size_t most_at_once = 8;

using Forward = std::function<at::Tensor(const at::Tensor&)>;

// Maps of equal size as one channels-last tensor: their memory is laid out alike.
at::Tensor to_tensor(std::span<const Map> maps, const networks::Placement& placement) {
    const Map& first = maps.front();
    at::Tensor tensor =
        at::empty({static_cast<std::int64_t>(maps.size()), first.channels, first.height, first.width},
                  c10::TensorOptions().dtype(c10::kFloat), networks::Placement::format());
    float* out = tensor.data_ptr<float>();
    for (const Map& map : maps) {
        std::memcpy(out, map.values.data(), map.values.size() * sizeof(float));
        out += map.values.size();
    }
    return tensor.to(tensor.options().device(placement.device).dtype(placement.type()));
}

void append_maps(const at::Tensor& result, std::vector<Map>& maps) {
    const at::Tensor tensor = result.to(c10::TensorOptions().device(c10::kCPU).dtype(c10::kFloat))
                                  .contiguous(networks::Placement::format());
    const float* values = tensor.data_ptr<float>();
    for (std::int64_t i = 0; i < tensor.size(0); ++i) {
        Map map(static_cast<int>(tensor.size(2)), static_cast<int>(tensor.size(3)),
                static_cast<int>(tensor.size(1)));
        std::memcpy(map.values.data(), values, map.values.size() * sizeof(float));
        values += map.values.size();
        maps.push_back(std::move(map));
    }
}

std::vector<Map> run(std::span<const Map> inputs, const networks::Placement& placement,
                     const Forward& forward) {
    const c10::InferenceMode guard;
    const std::size_t group = placement.on_cpu() ? 1 : most_at_once;
    std::vector<Map> maps;
    maps.reserve(inputs.size());
    for (std::size_t i = 0; i < inputs.size(); i += group) {
        append_maps(forward(to_tensor(inputs.subspan(i, std::min(group, inputs.size() - i)), placement)),
                    maps);
    }
    return maps;
}

// LibTorch's operators on one thread while this lives. How oneDNN cuts a sum depends on the number of
// threads.
class SingleThread {
public:
    SingleThread() : before_(at::get_num_threads()) { at::set_num_threads(1); }
    ~SingleThread() { at::set_num_threads(before_); }
    SingleThread(const SingleThread&) = delete;
    SingleThread& operator=(const SingleThread&) = delete;

private:
    int before_;
};

float strength(const model::TensorFile& file, const char* name) {
    const std::vector<float> values = file.require(name, {1}).to_floats();
    if (!std::isfinite(values[0])) {
        throw model::ModelError(file.path().string() + ": " + name + " is infinite or NaN");
    }
    return values[0];
}

}  // namespace

// Images at once. The UNet's maps are large: more than sixteen gain no speed, but gigabytes.
constexpr std::int64_t most_small = 64;
constexpr std::int64_t most_blended = 16;
constexpr std::int64_t most_displaced = 32;

// The networks as graphs of one memory; the core runs them one after the other.
struct CoreNetworks::Graphed {
    explicit Graphed(const CoreNetworks& owner)
        : memory(std::make_shared<networks::GraphMemory>()),
          coefficients(
              graph(owner, most_small, [&owner](const at::Tensor& x) { return (*owner.recon_)(x); })),
          blend_layer(
              graph(owner, most_blended, [&owner](const at::Tensor& x) { return (*owner.unet_)(x); })),
          deformation(graph(owner, most_small, [&owner](const at::Tensor& x) { return (*owner.mid_)(x); })),
          displacement(
              graph(owner, most_displaced, [&owner](const at::Tensor& x) { return (*owner.high_)(x); })) {}

    std::shared_ptr<networks::GraphMemory> memory;
    networks::GraphedNetwork coefficients, blend_layer, deformation, displacement;

private:
    networks::GraphedNetwork graph(const CoreNetworks& owner, std::int64_t largest, Forward network) {
        return {[run = std::move(network)](const at::Tensor& x) { return std::vector<at::Tensor>{run(x)}; },
                owner.placement_, networks::batch_sizes_up_to(largest), memory};
    }
};

CoreNetworks::~CoreNetworks() = default;

std::vector<std::string> CoreNetworks::settle(int largest) {
    std::vector<std::string> warnings;
    if (placement_.on_cpu()) {
        return warnings;
    }
    const c10::InferenceMode guard;
    const auto settle_one = [&](const char* name, networks::GraphedNetwork& network, std::int64_t most,
                                std::int64_t channels, std::int64_t side) {
        most = std::bit_floor(static_cast<std::uint64_t>(std::clamp<std::int64_t>(largest, 1, most)));
        const at::Tensor sample = networks::place(at::rand({most, channels, side, side}), placement_);
        const networks::BatchSizes sizes = networks::batch_sizes_up_to(most);
        if (!network.settle(sample, sizes, /*further=*/sizes)) {
            warnings.push_back(std::string("on this device the numbers of the ") + name +
                               " network depend on what else is in a batch, in their last bits");
        }
    };
    if (has_coefficients()) {
        settle_one("coefficient", graphed_->coefficients, most_small, 3, 224);
    }
    settle_one("de-retouching", graphed_->blend_layer, most_blended, 3, 512);
    settle_one("mid-frequency", graphed_->deformation, most_small, 6, 64);
    settle_one("high-frequency", graphed_->displacement, most_displaced, 9, 256);
    return warnings;
}

CoreNetworks::CoreNetworks(const model::ModelDirectory& directory, const networks::Placement& placement)
    : placement_(placement) {
    const model::TensorFile file = model::read_torch_file(directory.require(model::file::networks));
    const networks::Weights all(file, "", placement);
    if (!directory.coefficients_from_landmarks()) {
        recon_.emplace(all.under("net_recon"));
    }
    mid_.emplace(all.under("mid_net"), 6, 3);
    high_.emplace(all.under("high_net"), 9, 1);
    alpha_ = strength(file, "alpha");
    beta_ = strength(file, "beta");
    const model::TensorFile unet = model::read_torch_file(directory.require(model::file::de_retouching));
    unet_.emplace(networks::Weights(unet, "generator", placement));
    graphed_ = std::make_unique<Graphed>(*this);
}

at::Tensor CoreNetworks::coefficients(const at::Tensor& crops) const {
    const c10::InferenceMode guard;
    // Their last bits decide which pixel a texel reads where its coordinate falls on a whole pixel (core.md
    // 6), so they must not depend on the number of threads. It is 2 % of all the networks' work.
    std::optional<SingleThread> single;
    if (placement_.on_cpu()) {
        single.emplace();
    }
    return graphed_->coefficients.first(crops);
}

at::Tensor CoreNetworks::blend_layer(const at::Tensor& x) const {
    const c10::InferenceMode guard;
    return graphed_->blend_layer.first(x);
}

at::Tensor CoreNetworks::deformation(const at::Tensor& x) const {
    const c10::InferenceMode guard;
    return graphed_->deformation.first(x);
}

at::Tensor CoreNetworks::displacement(const at::Tensor& x) const {
    const c10::InferenceMode guard;
    return graphed_->displacement.first(x);
}

std::vector<Coefficients> CoreNetworks::coefficients(std::span<const Map> crops) const {
    const std::vector<Map> maps = run(crops, placement_, [this](const at::Tensor& x) {
        const at::Tensor y = coefficients(x);
        return y.reshape({y.size(0), y.size(1), 1, 1});
    });
    std::vector<Coefficients> out(maps.size());
    for (std::size_t i = 0; i < maps.size(); ++i) {
        std::copy(maps[i].values.begin(), maps[i].values.end(), out[i].begin());
    }
    return out;
}

std::vector<Map> CoreNetworks::blend_layers(std::span<const Map> inputs) const {
    return run(inputs, placement_, [this](const at::Tensor& x) { return blend_layer(x); });
}

std::vector<Map> CoreNetworks::deformations(std::span<const Map> inputs) const {
    return run(inputs, placement_, [this](const at::Tensor& x) { return deformation(x); });
}

std::vector<Map> CoreNetworks::displacements(std::span<const Map> inputs) const {
    return run(inputs, placement_, [this](const at::Tensor& x) { return displacement(x); });
}

}  // namespace hrn::core
