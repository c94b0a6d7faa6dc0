// Every kernel against its twin in float32, in every element type; and twice, for the same bits.
#include <ATen/ops/randn.h>

#include "tests/unit/hrn/networks/device_test.hpp"
#include "worker/hrn/networks/operators.hpp"
#include "worker/hrn/networks/reference_operators.hpp"

namespace hrn::networks {
namespace {

class DeviceOperators : public DeviceTest, public testing::WithParamInterface<c10::ScalarType> {
protected:
    // got: of a call in the element type; want: of the twin on the same numbers, widened.
    void expect_near(const at::Tensor& got, const at::Tensor& want, double about) const {
        EXPECT_EQ(got.scalar_type(), GetParam());
        EXPECT_LE(distance(got, want), rounding(GetParam(), about));
    }
    [[nodiscard]] at::Tensor some(std::int64_t n, std::int64_t c, std::int64_t h, std::int64_t w) const {
        return map(n, c, h, w, GetParam());
    }
};

TEST_P(DeviceOperators, InstanceNormWithEverythingAroundIt) {
    for (const std::int64_t channels : {64, 128, 256}) {
        const at::Tensor x = some(3, channels, 33, 40).mul(3).add(5);
        const at::Tensor residual = some(3, channels, 35, 42);
        const NormSurroundings around{.relu = true, .pad = 3, .residual = residual, .residual_pad = 1};
        NormSurroundings widened = around;
        widened.residual = wide(residual);
        const at::Tensor y = instance_norm(x, around);
        expect_near(y, reference::instance_norm(wide(x), widened, 1e-5), 8);
        EXPECT_TRUE(same_bits(y, instance_norm(x, around)));
    }
}

TEST_P(DeviceOperators, InstanceNormOfAMapThatFillsManyChunks) {
    const at::Tensor x = some(2, 64, 256, 256);
    const NormSurroundings around{.relu = false, .pad = 0, .residual = {}, .residual_pad = 0};
    expect_near(instance_norm(x, around), reference::instance_norm(wide(x), around, 1e-5), 5);
}

TEST_P(DeviceOperators, InstanceNormOfAlmostConstantChannelsLosesNoDigits) {
    const at::Tensor x = at::randn({1, 64, 64, 64}).mul(1e-3).add(1000).to(on_device(c10::kFloat));
    const NormSurroundings around{.relu = false, .pad = 0, .residual = {}, .residual_pad = 0};
    const at::Tensor last = x.contiguous(c10::MemoryFormat::ChannelsLast);
    const at::Tensor exact = last.to(c10::kDouble);
    const at::Tensor want =
        exact.sub(exact.mean({2, 3}, true)).div(exact.var({2, 3}, false, true).add(1e-5).sqrt());
    // The numbers have steps of 6e-5, the mean too; 1 / sqrt(variance + epsilon) is 300.
    EXPECT_LE(distance(instance_norm(last, around), want), 4e-2);
}

TEST_P(DeviceOperators, ActivationsOfEachKind) {
    const at::Tensor x = some(2, 24, 9, 7);
    for (const bool prelu : {false, true}) {
        ChannelNumbers own{numbers(24), numbers(24), {}, some(2, 24, 9, 7), false};
        own.relu = !prelu;
        if (prelu) {
            own.slopes = numbers(24);
        }
        ChannelNumbers widened = own;
        widened.residual = wide(own.residual);
        const at::Tensor want = reference::activate(wide(x), widened);
        expect_near(activate(x, own), want, 10);
        at::Tensor in_place = x.clone();
        activate_(in_place, own);
        EXPECT_TRUE(same_bits(in_place, activate(x, own)));
    }
}

TEST_P(DeviceOperators, PaddingOfEachKindIsExact) {
    const at::Tensor x = some(2, 9, 12, 10);
    EXPECT_TRUE(same_bits(with_channels(x, 16), reference::with_channels(x, 16)));
    EXPECT_TRUE(same_bits(row_taps(x, 7, 3, true, 64), reference::row_taps(x, 7, 3, true, 64)));
    EXPECT_TRUE(same_bits(row_taps(x, 3, 1, false, 32), reference::row_taps(x, 3, 1, false, 32)));
    const at::Tensor y = some(2, 16, 12, 10);
    EXPECT_TRUE(same_bits(reflection_pad(y, 3), reference::reflection_pad(y, 3)));
}

TEST_P(DeviceOperators, PoolingOfEachKind) {
    const at::Tensor x = some(2, 16, 14, 15);
    EXPECT_TRUE(same_bits(max_pool(x, 2, 2, 0), reference::max_pool(x, 2, 2, 0)));
    EXPECT_TRUE(same_bits(max_pool(x, 3, 2, 1), reference::max_pool(x, 3, 2, 1)));
    expect_near(halved(x), reference::halved(wide(x)), 2);
}

TEST_P(DeviceOperators, EnlargementOfEachKind) {
    const at::Tensor small = some(2, 16, 8, 6);
    const at::Tensor large = some(2, 24, 16, 12);
    expect_near(enlarged_beside(large, small), reference::enlarged_beside(wide(large), wide(small)), 5);
    const at::Tensor base = some(2, 16, 16, 12);
    expect_near(enlarged_plus(base, small), reference::enlarged_plus(wide(base), wide(small)), 8);
}

TEST_P(DeviceOperators, ThreeMapsBesideEachOtherPlusAFourth) {
    const at::Tensor a = some(2, 32, 5, 6);
    const at::Tensor b = some(2, 16, 5, 6);
    const at::Tensor c = some(2, 16, 5, 6);
    const at::Tensor base = some(2, 64, 5, 6);
    expect_near(beside_plus(a, b, c, base), reference::beside_plus(wide(a), wide(b), wide(c), wide(base)), 8);
}

TEST_P(DeviceOperators, ChannelsOfUnitLength) {
    const at::Tensor x = some(2, 512, 7, 9).mul(30);  // squares overflow half precision
    const at::Tensor weights = numbers(512);
    expect_near(unit_length(x, weights), reference::unit_length(wide(x), weights), 1);
}

TEST_P(DeviceOperators, DepthwiseConvolutionsOfBothStrides) {
    const DepthwiseNumbers own{numbers(32), numbers(32), at::randn({3, 3, 32}).to(on_device(c10::kFloat)),
                               numbers(32), numbers(32)};
    const at::Tensor x = some(2, 32, 15, 18);
    for (const std::int64_t stride : {1, 2}) {
        const at::Tensor y = depthwise_prelu(x, own, stride);
        expect_near(y, reference::depthwise_prelu(wide(x), own, stride), 60);
        EXPECT_TRUE(same_bits(y, depthwise_prelu(x, own, stride)));
    }
}

TEST_P(DeviceOperators, AFewChannelsWithASigmoid) {
    const at::Tensor x = some(3, 64, 9, 11);
    const at::Tensor weights = at::randn({3, 64}).mul(0.1).to(on_device(c10::kFloat));
    const at::Tensor bias = numbers(3);
    expect_near(to_few_sigmoid(x, weights, bias), reference::to_few_sigmoid(wide(x), weights, bias), 2);
}

TEST_P(DeviceOperators, AFewChannelsWithATanh) {
    for (const std::int64_t out : {1, 3}) {
        const at::Tensor x = some(2, 64, 70, 45);
        const at::Tensor weights = at::randn({out, 7, 7, 64}).mul(0.02).to(on_device(GetParam()));
        const at::Tensor bias = numbers(out);
        const at::Tensor y = to_few_tanh(x, weights, bias);
        expect_near(y, reference::to_few_tanh(wide(x), wide(weights), bias), 2);
        EXPECT_TRUE(same_bits(y, to_few_tanh(x, weights, bias)));
    }
}

INSTANTIATE_TEST_SUITE_P(ElementTypes, DeviceOperators,
                         testing::Values(c10::kFloat, c10::kHalf, c10::kBFloat16),
                         [](const auto& instance) { return std::string(c10::toString(instance.param)); });

}  // namespace
}  // namespace hrn::networks
