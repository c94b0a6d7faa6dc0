#include "worker/hrn/core/golden_core.hpp"

#include <array>
#include <stdexcept>
#include <string_view>
#include <utility>
#include <vector>

#include "worker/hrn/core/core_networks.hpp"
#include "worker/hrn/core/face_model_files.hpp"
#include "worker/hrn/core/golden_quantities.hpp"
#include "worker/hrn/core/golden_values.hpp"
#include "worker/hrn/core/operations.hpp"
#include "worker/hrn/networks/placement.hpp"
#include "worker/hrn/networks/tensor_pool.hpp"
#include "worker/model/synthetic_numbers.hpp"
#ifdef HRN_WITH_CUDA
#include "worker/hrn/core/device/device_array.hpp"
#include "worker/hrn/core/device/device_operations.hpp"
#endif

namespace hrn::core {
namespace {

// A network on its own, with the input that the golden folder's README defines: numbers of the synthetic
// generator, of the file "golden" and this tensor name.
struct Module {
    std::string_view quantity;
    const char* tensor;
    int channels, side;
    double lo;
};
constexpr std::array<Module, 4> modules = {{{"module_net_recon_output", "net_recon.input", 3, 64, 0.0},
                                            {"module_unet_output", "unet.input", 3, 64, -1.0},
                                            {"module_mid_net_output", "mid_net.input", 6, 32, -1.0},
                                            {"module_high_net_output", "high_net.input", 9, 48, -1.0}}};

GoldenValue default_input(const Module& module) {
    GoldenValue input;
    input.shape = {1, module.channels, module.side, module.side};
    const std::vector<float> numbers = model::synthetic_tensor(
        "golden", module.tensor, std::int64_t{module.channels} * module.side * module.side, module.lo, 1.0);
    input.numbers.assign(numbers.begin(), numbers.end());
    return input;
}

// On a GPU its kernels, so that the golden numbers prove them.
std::unique_ptr<Operations> operations_on(const networks::Placement& placement, const FaceModel& model,
                                          Team& team) {
#ifdef HRN_WITH_CUDA
    if (!placement.on_cpu()) {
        check_device(cudaSetDevice(placement.device.index()), "being chosen");
        return make_device_operations(model);
    }
#else
    static_cast<void>(placement);
#endif
    return make_cpu_operations(model, team);
}

class CoreStages final : public GoldenStages {
public:
    CoreStages(const model::ModelDirectory& directory, const networks::Placement& placement, int threads)
        : team_(threads),
          model_(load_face_model(directory, team_)),
          networks_(directory, placement),
          operations_(operations_on(placement, model_, team_)) {}

    [[nodiscard]] bool knows(const std::string& stage) const override {
        return stage == "core" || stage == "module";
    }

    GoldenValue compute(const std::string& stage, const std::string& name, const GoldenValues& inputs,
                        const std::string& /*notes*/) override {
        if (stage == "module") {
            return compute_module(name, inputs);
        }
        require_stage(stage);
        return GoldenQuantities(tools(), inputs).value(name);
    }

    GoldenValues run(const std::string& stage, const GoldenValues& given,
                     const std::string& /*notes*/) override {
        GoldenValues out;
        if (stage == "module") {
            for (const Module& module : modules) {
                out.emplace(module.quantity, compute_module(std::string(module.quantity), given));
            }
            return out;
        }
        require_stage(stage);
        GoldenQuantities quantities(tools(), given);
        for (const std::string& name : GoldenQuantities::names()) {
            out.emplace(name, quantities.value(name));
        }
        return out;
    }

private:
    [[nodiscard]] GoldenTools tools() { return {&model_, &networks_, operations_.get()}; }

    void require_stage(const std::string& stage) const {
        if (!knows(stage)) {
            throw std::invalid_argument("the core has no stage named " + stage);
        }
    }

    // `inputs` may hold the network's input under the name "input"; else it is made by its definition.
    GoldenValue compute_module(const std::string& name, const GoldenValues& inputs) {
        for (const Module& module : modules) {
            if (module.quantity == name) {
                const auto given = inputs.find("input");
                const std::vector<Map> input = {
                    from_golden(given != inputs.end() ? given->second : default_input(module),
                                GoldenLayout::planar, "input")};
                if (input.front().channels != module.channels) {
                    throw std::invalid_argument("the input of " + name + " has the wrong number of channels");
                }
                return run_module(name, input);
            }
        }
        throw std::invalid_argument("the core has no network output named " + name);
    }

    GoldenValue run_module(const std::string& name, const std::vector<Map>& input) {
        if (name == "module_unet_output") {
            return to_golden(networks_.blend_layers(input).front(), GoldenLayout::planar);
        }
        if (name == "module_mid_net_output") {
            return to_golden(networks_.deformations(input).front(), GoldenLayout::planar);
        }
        if (name == "module_high_net_output") {
            return to_golden(networks_.displacements(input).front(), GoldenLayout::planar);
        }
        if (!networks_.has_coefficients()) {
            throw std::invalid_argument(name + ": this model has no coefficient network");
        }
        const Coefficients found = networks_.coefficients(input).front();
        return {{1, static_cast<std::int64_t>(coefficient_count)},
                std::vector<double>(found.begin(), found.end())};
    }

    Team team_;
    FaceModel model_;
    CoreNetworks networks_;
    std::unique_ptr<Operations> operations_;
};

}  // namespace

std::unique_ptr<GoldenStages> make_golden_stages(const model::ModelDirectory& directory,
                                                 const std::string& device, const std::string& precision,
                                                 int threads) {
    const networks::Placement placement = networks::parse_placement(device, precision);
    networks::apply_precision(placement);
    networks::set_cpu_threads(threads);
    if (placement.on_cpu()) {
        networks::install_tensor_pool();
    }
    return std::make_unique<CoreStages>(directory, placement, threads);
}

}  // namespace hrn::core
