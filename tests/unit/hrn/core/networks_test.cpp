// Each network alone, with the synthetic weights made in memory, against the official implementation's output
// for the same small input (tests/data/golden/core, stage "module").
#include <ATen/core/Tensor.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/instance_norm.h>
#include <ATen/ops/reflection_pad2d.h>
#include <ATen/ops/relu.h>
#include <c10/core/InferenceMode.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <vector>

#include "tests/unit/hrn/core/golden_arrays.hpp"
#include "worker/hrn/networks/coefficient_network.hpp"
#include "worker/hrn/networks/placement.hpp"
#include "worker/hrn/networks/resnet_generator.hpp"
#include "worker/hrn/networks/tensor_pool.hpp"
#include "worker/hrn/networks/unet.hpp"
#include "worker/model/core_tables.hpp"
#include "worker/model/synthetic_numbers.hpp"
#include "worker/model/tensor_table.hpp"
#include "worker/model/torch_file.hpp"

namespace hrn::networks {
namespace {

// The weights of one network of the synthetic test model, under the network's name.
model::TensorFile weights_of(const std::string& name) {
    std::vector<model::NamedArray> entries;
    for (const model::CoreNetwork& network : model::core_networks()) {
        if (network.name != name) {
            continue;
        }
        for (const model::TensorRow& row : network.tensors) {
            const std::string full = name + "." + row.name;
            entries.push_back({full, model::fill_tensor(row, network.file, full, model::default_seed), true});
        }
    }
    return {"in memory", std::move(entries)};
}

// An NCHW input in channels-last memory from row-major numbers.
at::Tensor input_of(const std::string& name, std::int64_t channels, std::int64_t side, double lo) {
    const std::vector<float> numbers =
        model::synthetic_tensor("golden", name, channels * side * side, lo, 1.0);
    at::Tensor x = at::empty({1, channels, side, side}, c10::TensorOptions().dtype(c10::kFloat));
    std::copy(numbers.begin(), numbers.end(), x.data_ptr<float>());
    return x.contiguous(Placement::format());
}

// The manifest's bounds for these arrays.
void expect_near_golden(const at::Tensor& got, const std::string& name) {
    const std::vector<double> want = core::golden_numbers(name);
    const at::Tensor plain = got.contiguous();
    ASSERT_EQ(plain.numel(), static_cast<std::int64_t>(want.size()));
    double sum = 0;
    double worst = 0;
    for (std::size_t i = 0; i < want.size(); ++i) {
        const double error = std::fabs(static_cast<double>(plain.data_ptr<float>()[i]) - want[i]);
        sum += error;
        worst = std::max(worst, error);
    }
    EXPECT_LE(sum / static_cast<double>(want.size()), 1e-5);
    EXPECT_LE(worst, 1e-4);
}

class Networks : public testing::Test {
protected:
    static void SetUpTestSuite() { set_cpu_threads(2); }
    c10::InferenceMode guard_;
    Placement cpu_;
};

TEST_F(Networks, CoefficientNetworkEqualsTheOfficialOne) {
    const model::TensorFile file = weights_of("net_recon");
    const CoefficientNetwork network(Weights(file, "net_recon", cpu_));
    expect_near_golden(network(input_of("net_recon.input", 3, 64, 0)), "module_net_recon_output");
}

TEST_F(Networks, BatchNormsGiveTheSameFoldedAndSeparate) {
    const model::TensorFile file = weights_of("net_recon");
    const Weights weights(file, "net_recon.backbone", cpu_);
    const at::Tensor x = input_of("net_recon.input", 3, 64, 0);
    const at::Tensor folded = Resnet50(weights, BatchNorms::folded).stages(x)[1].contiguous();
    const at::Tensor separate = Resnet50(weights, BatchNorms::separate).stages(x)[1].contiguous();
    ASSERT_EQ(folded.numel(), separate.numel());
    for (std::int64_t i = 0; i < folded.numel(); ++i) {
        ASSERT_NEAR(folded.data_ptr<float>()[i], separate.data_ptr<float>()[i], 1e-4);
    }
}

TEST_F(Networks, UnetEqualsTheOfficialOne) {
    const model::TensorFile file = weights_of("generator");
    const Unet network(Weights(file, "generator", cpu_));
    expect_near_golden(network(input_of("unet.input", 3, 64, -1)), "module_unet_output");
}

TEST_F(Networks, MidNetworkEqualsTheOfficialOne) {
    const model::TensorFile file = weights_of("mid_net");
    const ResnetGenerator network(Weights(file, "mid_net", cpu_), 6, 3);
    expect_near_golden(network(input_of("mid_net.input", 6, 32, -1)), "module_mid_net_output");
}

TEST_F(Networks, HighNetworkEqualsTheOfficialOne) {
    const model::TensorFile file = weights_of("high_net");
    const ResnetGenerator network(Weights(file, "high_net", cpu_), 9, 1);
    expect_near_golden(network(input_of("high_net.input", 9, 48, -1)), "module_high_net_output");
}

TEST_F(Networks, AMissingWeightIsNamed) {
    const model::TensorFile file = weights_of("mid_net");
    try {
        const ResnetGenerator network(Weights(file, "mid_net", cpu_), 9, 1);
        FAIL() << "a wrong shape was accepted";
    } catch (const model::ModelError& error) {
        EXPECT_NE(std::string(error.what()).find("mid_net.model.1.weight"), std::string::npos)
            << error.what();
    }
    try {
        const Unet network(Weights(file, "mid_net", cpu_));
        FAIL() << "missing weights were accepted";
    } catch (const model::ModelError& error) {
        EXPECT_NE(std::string(error.what()).find("inc.conv.conv"), std::string::npos) << error.what();
    }
}

// Numbers with a mean far from 0, in channels-last memory.
at::Tensor shifted_numbers(std::int64_t batch, std::int64_t channels, std::int64_t height,
                           std::int64_t width) {
    at::Tensor x = at::empty({batch, channels, height, width}, c10::TensorOptions().dtype(c10::kFloat));
    for (std::int64_t i = 0; i < x.numel(); ++i) {
        x.data_ptr<float>()[i] = 100 + std::sin(static_cast<float>(i * i % 1009));
    }
    return x.contiguous(Placement::format());
}

void expect_same(const at::Tensor& a, const at::Tensor& b, double bound) {
    ASSERT_EQ(a.sizes(), b.sizes());
    const at::Tensor left = a.contiguous();
    const at::Tensor right = b.contiguous();
    for (std::int64_t i = 0; i < left.numel(); ++i) {
        ASSERT_NEAR(left.data_ptr<float>()[i], right.data_ptr<float>()[i], bound) << i;
    }
}

NormSurroundings only_norm(bool relu) {
    return {.relu = relu, .pad = 0, .residual = {}, .residual_pad = 0};
}

TEST_F(Networks, InstanceNormEqualsLibTorchs) {
    const at::Tensor x = shifted_numbers(2, 5, 7, 6);
    for (const bool relu : {false, true}) {
        at::Tensor want = at::instance_norm(x.to(c10::kDouble), {}, {}, {}, {}, true, 0.0, 1e-5, false);
        want = (relu ? at::relu(want) : want).to(c10::kFloat);
        expect_same(instance_norm(x, only_norm(relu)), want, 1e-5);
    }
}

TEST_F(Networks, InstanceNormOfBrokenNumbersIsBroken) {
    at::Tensor x = shifted_numbers(1, 3, 4, 4);
    x.data_ptr<float>()[0] = NAN;
    EXPECT_TRUE(std::isnan(instance_norm(x, only_norm(true)).data_ptr<float>()[0]));
}

TEST_F(Networks, ReflectionPadEqualsLibTorchs) {
    const at::Tensor x = shifted_numbers(2, 5, 7, 6);
    for (const std::int64_t n : {0, 1, 3, 5}) {
        expect_same(reflection_pad(x, n), at::reflection_pad2d(x.contiguous(), {n, n, n, n}), 0);
    }
    EXPECT_THROW((void)reflection_pad(x, 6), std::invalid_argument);
}

TEST(PlacementOf, RefusesWhatCannotBeHad) {
    EXPECT_THROW((void)parse_placement("gpu", "fp32"), std::invalid_argument);
    EXPECT_THROW((void)parse_placement("cuda:", "fp32"), std::invalid_argument);
    EXPECT_THROW((void)parse_placement("cuda:1x", "fp32"), std::invalid_argument);
    EXPECT_THROW((void)parse_placement("cpu", "fp64"), std::invalid_argument);
    EXPECT_THROW((void)parse_placement("cpu", "fp16"), std::invalid_argument);
    EXPECT_EQ(parse_placement("cpu", "tf32").precision, Precision::fp32);
}

TEST(TensorPool, GivesTheMemoryOfAFreedTensorToTheNextOne) {
    install_tensor_pool();
    const auto options = c10::TensorOptions().dtype(c10::kFloat);
    void* first = nullptr;
    {
        const at::Tensor large = at::empty({3 << 20}, options);
        first = large.data_ptr();
    }
    const std::size_t reused = tensor_pool_use().reused;
    const at::Tensor again = at::empty({3 << 20}, options);
    EXPECT_EQ(again.data_ptr(), first);
    EXPECT_EQ(tensor_pool_use().reused, reused + 1);
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(again.data_ptr()) % 64, 0U);
    trim_tensor_pool();
    EXPECT_EQ(tensor_pool_use().kept, 0U);
}

TEST(TensorPool, DoesNotSpendALargeBlockOnASmallTensor) {
    install_tensor_pool();
    const auto options = c10::TensorOptions().dtype(c10::kFloat);
    void* large = nullptr;
    {
        const at::Tensor t = at::empty({64 << 20}, options);
        large = t.data_ptr();
    }
    const at::Tensor medium = at::empty({1 << 20}, options);
    const at::Tensor empty = at::empty({0}, options);
    EXPECT_NE(medium.data_ptr(), large);
    EXPECT_EQ(empty.numel(), 0);
    trim_tensor_pool();
}

}  // namespace
}  // namespace hrn::networks
