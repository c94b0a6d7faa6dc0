#include "worker/model/front_tables.hpp"

#include <array>
#include <cmath>
#include <optional>
#include <utility>

#include "worker/model/model_directory.hpp"

namespace hrn::model {
namespace {

using Range = std::pair<double, double>;

class Builder {
public:
    void range(const std::string& name, std::vector<std::int64_t> shape, Range bounds) {
        TensorRow row;
        row.name = name;
        row.shape = std::move(shape);
        row.lo = bounds.first;
        row.hi = bounds.second;
        rows_.push_back(std::move(row));
    }

    void fixed(const std::string& name, std::vector<std::int64_t> shape, std::vector<double> values) {
        TensorRow row;
        row.name = name;
        row.shape = std::move(shape);
        row.fill = Fill::fixed;
        row.values = std::move(values);
        rows_.push_back(std::move(row));
    }

    void conv(const std::string& name, std::int64_t out, std::int64_t in, std::int64_t k, double gain = 1.0,
              std::int64_t groups = 1) {
        const std::int64_t fan_in = in / groups * k * k;
        const double bound = gain * std::sqrt(6.0 / static_cast<double>(fan_in));
        range(name + ".weight", {out, in / groups, k, k}, {-bound, bound});
    }

    void conv(const std::string& name, std::int64_t out, std::int64_t in, std::int64_t k, double gain,
              Range bias) {
        conv(name, out, in, k, gain);
        range(name + ".bias", {out}, bias);
    }

    void norm(const std::string& name, std::int64_t channels, Range weight = {0.8, 1.2},
              Range variance = {0.8, 1.2}) {
        range(name + ".weight", {channels}, weight);
        range(name + ".bias", {channels}, {-0.1, 0.1});
        range(name + ".running_mean", {channels}, {-0.1, 0.1});
        range(name + ".running_var", {channels}, variance);
        TensorRow row;
        row.name = name + ".num_batches_tracked";
        row.fill = Fill::counter;
        rows_.push_back(std::move(row));
    }

    TensorTable take() { return std::move(rows_); }

private:
    TensorTable rows_;
};

std::string numbered(const std::string& before, std::int64_t number, const std::string& after = "") {
    return before + std::to_string(number) + after;
}

void retinaface_body(Builder& b) {
    b.conv("body.conv1", 64, 3, 7);
    b.norm("body.bn1", 64);
    std::int64_t in = 64;
    constexpr std::array<std::array<int, 2>, 4> stages{{{64, 3}, {128, 4}, {256, 6}, {512, 3}}};
    for (std::size_t stage = 0; stage < stages.size(); ++stage) {
        const auto [planes, blocks] = stages[stage];
        for (int block = 0; block < blocks; ++block) {
            const auto p = "body.layer" + std::to_string(stage + 1) + "." + std::to_string(block);
            b.conv(p + ".conv1", planes, in, 1);
            b.norm(p + ".bn1", planes);
            b.conv(p + ".conv2", planes, planes, 3);
            b.norm(p + ".bn2", planes);
            b.conv(p + ".conv3", planes * 4, planes, 1);
            b.norm(p + ".bn3", planes * 4, {0.1, 0.5});
            if (block == 0) {
                b.conv(p + ".downsample.0", planes * 4, in, 1, 0.8);
                b.norm(p + ".downsample.1", planes * 4);
            }
            in = planes * 4;
        }
    }
}

TensorTable retinaface() {
    Builder b;
    retinaface_body(b);
    constexpr std::array pyramid{512, 1024, 2048};
    for (int i = 0; i < 3; ++i) {
        b.conv(numbered("fpn.output", i + 1, ".0"), 256, pyramid[static_cast<std::size_t>(i)], 1, 0.8);
        b.norm(numbered("fpn.output", i + 1, ".1"), 256);
    }
    for (int i = 1; i <= 2; ++i) {
        b.conv(numbered("fpn.merge", i, ".0"), 256, 256, 3, 0.7);
        b.norm(numbered("fpn.merge", i, ".1"), 256);
    }
    struct Branch {
        const char* name;
        int out, in;
    };
    constexpr std::array branches{Branch{"conv3X3", 128, 256}, Branch{"conv5X5_1", 64, 256},
                                  Branch{"conv5X5_2", 64, 64}, Branch{"conv7X7_2", 64, 64},
                                  Branch{"conv7x7_3", 64, 64}};
    for (int i = 1; i <= 3; ++i) {
        for (const auto& branch : branches) {
            const auto p = numbered("ssh", i, ".") + branch.name;
            b.conv(p + ".0", branch.out, branch.in, 3);
            b.norm(p + ".1", branch.out);
        }
    }
    // Per pyramid level: background and face of anchor 0, then of anchor 1. Large anchors are favoured, so
    // that the best "face" is big enough for the stages after it.
    const std::array<std::vector<double>, 3> class_bias{
        {{1.0, -1.0, 1.0, -1.0}, {0.5, -0.5, 0.5, -0.5}, {-0.5, 0.5, -1.0, 1.0}}};
    for (int i = 0; i < 3; ++i) {
        b.conv(numbered("ClassHead.", i, ".conv1x1"), 4, 256, 1, 0.4);
        b.fixed(numbered("ClassHead.", i, ".conv1x1.bias"), {4}, class_bias[static_cast<std::size_t>(i)]);
    }
    for (int i = 0; i < 3; ++i) {
        b.conv(numbered("BboxHead.", i, ".conv1x1"), 8, 256, 1, 0.4, Range{-0.2, 0.2});
    }
    for (int i = 0; i < 3; ++i) {
        b.conv(numbered("LandmarkHead.", i, ".conv1x1"), 20, 256, 1, 0.4, Range{-0.2, 0.2});
    }
    return b.take();
}

TensorTable landmarks_106() {
    Builder b;
    const auto conv_norm = [&b](const std::string& p, int in, int out) {
        b.conv(p + ".0", out, in, 3);
        b.norm(p + ".1", out);
        b.range(p + ".2.weight", {out}, {0.1, 0.4});
    };
    const auto inverted = [&b](const std::string& p, int in, int out, int expand, bool residual) {
        const int hidden = in * expand;
        b.conv(p + ".conv.0", hidden, in, 1);
        b.norm(p + ".conv.1", hidden);
        b.range(p + ".conv.2.weight", {hidden}, {0.1, 0.4});
        b.conv(p + ".conv.3", hidden, hidden, 3, 1.0, std::int64_t{hidden});
        b.norm(p + ".conv.4", hidden);
        b.range(p + ".conv.5.weight", {hidden}, {0.1, 0.4});
        b.conv(p + ".conv.6", out, hidden, 1);
        b.norm(p + ".conv.7", out, residual ? Range{0.1, 0.5} : Range{0.8, 1.2});
    };
    conv_norm("block1", 3, 64);
    for (int block = 2; block <= 17; ++block) {
        const int in = block <= 8 ? 64 : 128;
        const int out = block <= 7 ? 64 : 128;
        const int expand = block >= 9 && block <= 14 ? 4 : 2;
        const bool residual = (block >= 4 && block <= 7) || (block >= 10 && block <= 14);
        inverted(numbered("block", block), in, out, expand, residual);
    }
    conv_norm("block18", 128, 256);
    b.conv("block19", 106, 256, 3, 0.12);
    return b.take();
}

TensorTable s3fd() {
    Builder b;
    constexpr Range small{-0.05, 0.05};
    struct Layer {
        const char* name;
        int out, in, k;
    };
    constexpr std::array layers{
        Layer{"conv1_2", 64, 64, 3},   Layer{"conv2_1", 128, 64, 3},  Layer{"conv2_2", 128, 128, 3},
        Layer{"conv3_1", 256, 128, 3}, Layer{"conv3_2", 256, 256, 3}, Layer{"conv3_3", 256, 256, 3},
        Layer{"conv4_1", 512, 256, 3}, Layer{"conv4_2", 512, 512, 3}, Layer{"conv4_3", 512, 512, 3},
        Layer{"conv5_1", 512, 512, 3}, Layer{"conv5_2", 512, 512, 3}, Layer{"conv5_3", 512, 512, 3},
        Layer{"fc6", 1024, 512, 3},    Layer{"fc7", 1024, 1024, 1},   Layer{"conv6_1", 256, 1024, 1},
        Layer{"conv6_2", 512, 256, 3}, Layer{"conv7_1", 128, 512, 1}, Layer{"conv7_2", 256, 128, 3}};
    // The first layer sees 0..255 less the mean.
    b.conv("conv1_1", 64, 3, 3, 0.02, small);
    for (const auto& layer : layers) {
        b.conv(layer.name, layer.out, layer.in, layer.k, 1.0, small);
    }
    b.range("conv3_3_norm.weight", {256}, {9.0, 11.0});
    b.range("conv4_3_norm.weight", {512}, {7.0, 9.0});
    b.range("conv5_3_norm.weight", {512}, {4.0, 6.0});
    struct Head {
        const char* name;
        int in;
        double gain;
        std::vector<double> bias;  // background (three of them on the first level), face
    };
    const std::vector<Head> heads{{"conv3_3_norm_mbox", 256, 2.0, {1.2, 1.2, 1.2, -1.2}},
                                  {"conv4_3_norm_mbox", 512, 2.0, {2.6, -2.6}},
                                  {"conv5_3_norm_mbox", 512, 2.0, {1.4, -1.4}},
                                  {"fc7_mbox", 1024, 0.7, {0.8, -0.8}},
                                  {"conv6_2_mbox", 512, 0.7, {0.8, -0.8}},
                                  {"conv7_2_mbox", 256, 0.7, {0.8, -0.8}}};
    for (const auto& head : heads) {
        const auto classes = static_cast<std::int64_t>(head.bias.size());
        b.conv(std::string(head.name) + "_conf", classes, head.in, 3, head.gain);
        b.fixed(std::string(head.name) + "_conf.bias", {classes}, head.bias);
        b.conv(std::string(head.name) + "_loc", 4, head.in, 3, 0.6, Range{-0.1, 0.1});
    }
    return b.take();
}

void fan_block(Builder& b, const std::string& p, int in, int out) {
    b.norm(p + ".bn1", in);
    b.conv(p + ".conv1", out / 2, in, 3, 0.4);
    b.norm(p + ".bn2", out / 2);
    b.conv(p + ".conv2", out / 4, out / 2, 3, 0.8);
    b.norm(p + ".bn3", out / 4);
    b.conv(p + ".conv3", out / 4, out / 4, 3, 0.8);
    if (in != out) {
        b.norm(p + ".downsample.0", in);
        b.conv(p + ".downsample.2", out, in, 1);
    }
}

void fan_hourglass(Builder& b, const std::string& p, int level) {
    fan_block(b, numbered(p + ".b1_", level), 256, 256);
    fan_block(b, numbered(p + ".b2_", level), 256, 256);
    if (level > 1) {
        fan_hourglass(b, p, level - 1);
    } else {
        fan_block(b, numbered(p + ".b2_plus_", level), 256, 256);
    }
    fan_block(b, numbered(p + ".b3_", level), 256, 256);
}

TensorTable fan() {
    Builder b;
    constexpr Range bias{-0.1, 0.1};
    b.conv("conv1", 64, 3, 7, 2.0, bias);
    b.norm("bn1", 64);
    fan_block(b, "conv2", 64, 128);
    fan_block(b, "conv3", 128, 128);
    fan_block(b, "conv4", 128, 256);
    for (int stack = 0; stack < 4; ++stack) {
        fan_hourglass(b, numbered("m", stack), 4);
        fan_block(b, numbered("top_m_", stack), 256, 256);
        b.conv(numbered("conv_last", stack), 256, 256, 1, 0.3, bias);
        b.norm(numbered("bn_end", stack), 256, {0.8, 1.2}, {4.0, 8.0});
        b.conv(numbered("l", stack), 68, 256, 1, 1.0, bias);
        if (stack < 3) {
            b.conv(numbered("bl", stack), 256, 256, 1, 0.1, bias);
            b.conv(numbered("al", stack), 256, 68, 1, 0.1, bias);
        }
    }
    return b.take();
}

std::string base_name(std::string_view path) {
    return std::string(path.substr(path.rfind('/') + 1));
}

}  // namespace

std::vector<FrontNetwork> front_networks() {
    const auto row = [](std::string_view path, const char* prefix, bool legacy, TensorTable table) {
        return FrontNetwork{std::string(path), base_name(path), prefix, legacy, std::move(table)};
    };
    std::vector<FrontNetwork> networks;
    networks.push_back(row(file::retinaface, "", true, retinaface()));
    networks.push_back(row(file::landmarks_106, "state_dict.", false, landmarks_106()));
    networks.push_back(row(file::s3fd, "", true, s3fd()));
    networks.push_back(row(file::fan_state_dict, "", false, fan()));
    // The synthetic numbers of FAN are defined by the name of the TorchScript file.
    networks.back().hash_file = base_name(file::fan_torchscript);
    return networks;
}

TensorTable bbregressor_table() {
    Builder b;
    b.range("W1", {200, 10}, {-0.5, 0.5});
    b.range("B1", {200, 1}, {-1.0, 1.0});
    b.range("W2", {3, 200}, {-0.05, 0.05});
    b.fixed("B2", {3, 1}, {-2.7, -2.9, 40.0});
    return b.take();
}

}  // namespace hrn::model
