// The networks of the core (core.md 3) on their device: with tensors that lie there already (what the device
// core calls), or with maps of the host (what the CPU path and the golden checker call).
//
// Owned by the Core or a golden checker; called by one thread at a time. Throws model::ModelError from the
// constructor; errors of the device come out of the calls as c10::Error.
#pragma once

#include <ATen/core/Tensor.h>

#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "worker/hrn/core/coefficients.hpp"
#include "worker/hrn/core/vec3.hpp"
#include "worker/hrn/networks/coefficient_network.hpp"
#include "worker/hrn/networks/placement.hpp"
#include "worker/hrn/networks/resnet_generator.hpp"
#include "worker/hrn/networks/unet.hpp"

namespace hrn::model {
class ModelDirectory;
}

namespace hrn::core {

class CoreNetworks {
public:
    CoreNetworks(const model::ModelDirectory& directory, const networks::Placement& placement);
    ~CoreNetworks();
    CoreNetworks(const CoreNetworks&) = delete;
    CoreNetworks& operator=(const CoreNetworks&) = delete;

    [[nodiscard]] bool has_coefficients() const { return recon_.has_value(); }
    [[nodiscard]] const networks::Placement& placement() const { return placement_; }

    // On tensors: a batch in the placement's type, on its device, channels last; work is queued on the
    // current stream and nothing waits for it, once each size of a batch has come once (graphed_network.hpp).
    [[nodiscard]] at::Tensor coefficients(const at::Tensor& crops) const;  // (B,3,224,224) 0..1 -> (B,257)
    [[nodiscard]] at::Tensor blend_layer(const at::Tensor& x) const;       // (B,3,512,512) -> the same, 0..1
    [[nodiscard]] at::Tensor deformation(const at::Tensor& x) const;       // (B,6,64,64) -> (B,3,64,64)
    [[nodiscard]] at::Tensor displacement(const at::Tensor& x) const;      // (B,9,256,256) -> (B,1,256,256)

    // Once, before the first batch, which is never larger than `largest`: keeps to batch sizes that give an
    // image the same bits on this device. Returns what the operator should know, one line each.
    [[nodiscard]] std::vector<std::string> settle(int largest);

    // On maps: one result per map. On the CPU each map runs alone, so that its numbers do not depend on the
    // others; on a GPU they run together.
    [[nodiscard]] std::vector<Coefficients> coefficients(
        std::span<const Map> crops) const;  // 3 channels, 0..1
    [[nodiscard]] std::vector<Map> blend_layers(
        std::span<const Map> inputs) const;  // unet_input -> 3 channels
    [[nodiscard]] std::vector<Map> deformations(
        std::span<const Map> inputs) const;  // mid_input -> 3 channels
    [[nodiscard]] std::vector<Map> displacements(
        std::span<const Map> inputs) const;  // high_input -> 1 channel
    // The model's learnt strengths of the last two.
    [[nodiscard]] float alpha() const { return alpha_; }
    [[nodiscard]] float beta() const { return beta_; }

private:
    struct Graphed;
    networks::Placement placement_;
    std::optional<networks::CoefficientNetwork> recon_;
    std::optional<networks::Unet> unet_;
    std::optional<networks::ResnetGenerator> mid_;
    std::optional<networks::ResnetGenerator> high_;
    std::unique_ptr<Graphed> graphed_;  // refers to the networks above
    float alpha_ = 0;
    float beta_ = 0;
};

}  // namespace hrn::core
