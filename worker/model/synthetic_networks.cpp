#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "worker/model/core_tables.hpp"
#include "worker/model/front_tables.hpp"
#include "worker/model/mat_writer.hpp"
#include "worker/model/model_directory.hpp"
#include "worker/model/parallel.hpp"
#include "worker/model/synthetic_files.hpp"
#include "worker/model/torch_writer.hpp"

namespace hrn::model {
namespace {

// The layers whose output is the network's, and what zeros there make of it:
//   net_recon.final_layers  all 257 coefficients 0 (the landmarks give them in this profile)
//   mid_net, high_net 26    tanh(0) = 0: no deformation, no displacement (core.md 7, 8)
//   generator.outc          sigmoid(0) = 1/2 = b, for which r = (1-2b)t^2 + 2bt = t, hence D = A: the albedo
//                           passes unchanged (core.md 6); b = 0 would give r = t^2
constexpr std::array<std::string_view, 4> kOutputLayers{"net_recon.final_layers.", "mid_net.model.26.",
                                                        "high_net.model.26.", "generator.outc.conv."};

bool is_output_layer(const std::string& full_name) {
    return std::any_of(kOutputLayers.begin(), kOutputLayers.end(),
                       [&](std::string_view prefix) { return full_name.starts_with(prefix); });
}

TorchDict state_dict(const TensorTable& table, const std::string& hash_file, const std::string& hash_prefix,
                     const SynthesisOptions& options) {
    std::vector<Array> arrays(table.size());
    parallel_for(table.size(), [&](std::size_t i) {
        const auto name = hash_prefix + table[i].name;
        TensorRow row = table[i];
        if (options.profile == Profile::demo && is_output_layer(name)) {
            row.lo = row.hi = 0;
        }
        arrays[i] = fill_tensor(row, hash_file, name, options.seed);
    });
    TorchDict dict;
    dict.ordered = true;
    for (std::size_t i = 0; i < table.size(); ++i) {
        dict.add(table[i].name, std::move(arrays[i]));
    }
    return dict;
}

}  // namespace

void write_core_networks(const std::filesystem::path& directory, const SynthesisOptions& options) {
    TorchDict networks;
    TorchDict de_retouching;
    for (const auto& network : core_networks()) {
        auto& content = network.file == file::networks ? networks : de_retouching;
        content.add(network.name, state_dict(network.tensors, network.file, network.name + ".", options));
    }
    const bool demo = options.profile == Profile::demo;
    networks.add("alpha",
                 array_of(std::vector<float>{demo ? 0.0F : static_cast<float>(synthetic_alpha)}, {1}));
    networks.add("beta", array_of(std::vector<float>{demo ? 0.0F : static_cast<float>(synthetic_beta)}, {1}));
    write_torch_file(directory / file::networks, networks, TorchFormat::zip);
    // The official file may be of either format: this one exercises the older.
    write_torch_file(directory / file::de_retouching, de_retouching, TorchFormat::legacy);
}

void write_front_networks(const std::filesystem::path& directory, const SynthesisOptions& options) {
    for (const auto& network : front_networks()) {
        auto content = state_dict(network.tensors, network.hash_file, "", options);
        if (!network.prefix.empty()) {
            TorchDict outer;
            outer.add(network.prefix.substr(0, network.prefix.size() - 1), std::move(content));
            content = std::move(outer);
        }
        write_torch_file(directory / network.file, content,
                         network.legacy ? TorchFormat::legacy : TorchFormat::zip);
    }
}

void write_crop_regressor(const std::filesystem::path& directory, const SynthesisOptions& options) {
    const std::string hash_file(file::bbregressor.substr(file::bbregressor.rfind('/') + 1));
    std::vector<std::pair<std::string, Array>> matrices;
    for (const auto& row : bbregressor_table()) {
        // The fixed numbers are float64; the uniform ones are float32 numbers stored as float64.
        const auto numbers = row.fill == Fill::fixed
                                 ? row.values
                                 : fill_tensor(row, hash_file, row.name, options.seed).to_doubles();
        matrices.emplace_back(row.name, array_of(ElementType::f64, bytes_of(numbers), row.shape));
    }
    write_mat(directory / file::bbregressor, matrices, MatCompression::none);
}

}  // namespace hrn::model
