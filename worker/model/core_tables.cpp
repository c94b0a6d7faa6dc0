#include "worker/model/core_tables.hpp"

#include <array>
#include <cmath>
#include <string_view>

#include "worker/model/model_directory.hpp"

namespace hrn::model {
namespace {

// Squared gains of the output layers; all others have 2.
struct Gain {
    std::string_view name;
    double squared;
};
constexpr std::array kGains{
    Gain{"net_recon.final_layers.0.weight", 0.13},    // 80 identity
    Gain{"net_recon.final_layers.1.weight", 0.13},    // 64 expression
    Gain{"net_recon.final_layers.2.weight", 0.13},    // 80 texture
    Gain{"net_recon.final_layers.3.weight", 0.0027},  // 3 angles
    Gain{"net_recon.final_layers.4.weight", 0.0005},  // 27 lighting
    Gain{"net_recon.final_layers.5.weight", 0.0004},  // tx, ty
    Gain{"net_recon.final_layers.6.weight", 0.0027},  // tz
    Gain{"mid_net.model.26.weight", 1.0},
    Gain{"high_net.model.26.weight", 1.0},
    Gain{"generator.outc.conv.weight", 0.1},
};

double squared_gain(std::string_view name) {
    for (const auto& gain : kGains) {
        if (gain.name == name) {
            return gain.squared;
        }
    }
    return 2.0;
}

class Builder {
public:
    explicit Builder(std::string network) : network_(std::move(network)) {}

    void weight(const std::string& name, std::vector<std::int64_t> shape, std::int64_t fan_in) {
        const double bound =
            std::sqrt(3.0 * squared_gain(network_ + "." + name + ".weight") / static_cast<double>(fan_in));
        range(name + ".weight", std::move(shape), -bound, bound);
    }

    void conv(const std::string& name, std::int64_t out, std::int64_t in, std::int64_t k, bool bias) {
        weight(name, {out, in, k, k}, in * k * k);
        if (bias) {
            range(name + ".bias", {out}, -0.05, 0.05);
        }
    }

    void transposed(const std::string& name, std::int64_t in, std::int64_t out, std::int64_t k) {
        weight(name, {in, out, k, k}, in * k * k);
        range(name + ".bias", {out}, -0.05, 0.05);
    }

    void norm(const std::string& name, std::int64_t channels) {
        // The last normalisation of a bottleneck is small, so that sixteen of them do not grow.
        const bool third = name.ends_with(".bn3");
        range(name + ".weight", {channels}, third ? 0.2 : 0.9, third ? 0.4 : 1.1);
        range(name + ".bias", {channels}, -0.1, 0.1);
        range(name + ".running_mean", {channels}, -0.1, 0.1);
        range(name + ".running_var", {channels}, 0.8, 1.2);
        TensorRow row;
        row.name = name + ".num_batches_tracked";
        row.fill = Fill::counter;
        row.counter = 1000;
        rows_.push_back(std::move(row));
    }

    TensorTable take() { return std::move(rows_); }

private:
    void range(std::string name, std::vector<std::int64_t> shape, double lo, double hi) {
        TensorRow row;
        row.name = std::move(name);
        row.shape = std::move(shape);
        row.lo = lo;
        row.hi = hi;
        rows_.push_back(std::move(row));
    }

    std::string network_;
    TensorTable rows_;
};

// ResNet-50 with seven heads.
TensorTable net_recon() {
    Builder b("net_recon");
    b.conv("backbone.conv1", 64, 3, 7, false);
    b.norm("backbone.bn1", 64);
    std::int64_t in = 64;
    constexpr std::array<std::array<int, 2>, 4> stages{{{64, 3}, {128, 4}, {256, 6}, {512, 3}}};
    for (std::size_t stage = 0; stage < stages.size(); ++stage) {
        const auto [planes, blocks] = stages[stage];
        for (int block = 0; block < blocks; ++block) {
            const auto p = "backbone.layer" + std::to_string(stage + 1) + "." + std::to_string(block);
            b.conv(p + ".conv1", planes, in, 1, false);
            b.norm(p + ".bn1", planes);
            b.conv(p + ".conv2", planes, planes, 3, false);
            b.norm(p + ".bn2", planes);
            b.conv(p + ".conv3", planes * 4, planes, 1, false);
            b.norm(p + ".bn3", planes * 4);
            if (block == 0) {
                b.conv(p + ".downsample.0", planes * 4, in, 1, false);
                b.norm(p + ".downsample.1", planes * 4);
            }
            in = planes * 4;
        }
    }
    constexpr std::array heads{80, 64, 80, 3, 27, 2, 1};
    for (std::size_t i = 0; i < heads.size(); ++i) {
        b.conv("final_layers." + std::to_string(i), heads[i], 2048, 1, true);
    }
    return b.take();
}

TensorTable resnet_generator(const std::string& network, int in, int out) {
    Builder b(network);
    b.conv("model.1", 64, in, 7, true);
    b.conv("model.4", 128, 64, 3, true);
    b.conv("model.7", 256, 128, 3, true);
    for (int block = 10; block < 19; ++block) {
        const auto p = "model." + std::to_string(block) + ".conv_block.";
        b.conv(p + "1", 256, 256, 3, true);
        b.conv(p + "6", 256, 256, 3, true);
    }
    b.transposed("model.19", 256, 128, 3);
    b.transposed("model.22", 128, 64, 3);
    b.conv("model.26", out, 64, 7, true);
    return b.take();
}

TensorTable unet() {
    Builder b("generator");
    const auto double_conv = [&b](const std::string& name, int in, int out) {
        b.conv(name + ".0", out, in, 3, true);
        b.norm(name + ".1", out);
        b.conv(name + ".3", out, out, 3, true);
        b.norm(name + ".4", out);
    };
    double_conv("inc.conv.conv", 3, 64);
    constexpr std::array<std::array<int, 2>, 4> down{{{64, 128}, {128, 256}, {256, 512}, {512, 512}}};
    constexpr std::array<std::array<int, 2>, 4> up{{{1024, 256}, {512, 128}, {256, 64}, {128, 64}}};
    for (std::size_t i = 0; i < down.size(); ++i) {
        double_conv("down" + std::to_string(i + 1) + ".mpconv.1.conv", down[i][0], down[i][1]);
    }
    for (std::size_t i = 0; i < up.size(); ++i) {
        double_conv("up" + std::to_string(i + 1) + ".conv.conv", up[i][0], up[i][1]);
    }
    b.conv("outc.conv", 3, 64, 1, true);
    // Heads that only training used.
    constexpr std::array<std::array<int, 2>, 4> side{{{4, 256}, {3, 128}, {2, 64}, {1, 64}}};
    for (const auto [number, in] : side) {
        b.conv("dsoutc" + std::to_string(number) + ".conv", 3, in, 1, true);
    }
    return b.take();
}

}  // namespace

std::vector<CoreNetwork> core_networks() {
    const std::string networks(file::networks);
    return {{networks, "net_recon", net_recon()},
            {networks, "mid_net", resnet_generator("mid_net", 6, 3)},
            {networks, "high_net", resnet_generator("high_net", 9, 1)},
            {std::string(file::de_retouching), "generator", unet()}};
}

}  // namespace hrn::model
