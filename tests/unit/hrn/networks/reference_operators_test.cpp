// What the twins of the kernels compute, against the same thing written out.
#include "worker/hrn/networks/reference_operators.hpp"

#include <ATen/ops/conv2d.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/full.h>
#include <ATen/ops/randn.h>
#include <ATen/ops/relu.h>
#include <ATen/ops/zeros.h>
#include <c10/core/InferenceMode.h>
#include <gtest/gtest.h>

namespace hrn::networks {
namespace {

class ReferenceOperators : public testing::Test {
protected:
    static at::Tensor map(std::int64_t n, std::int64_t c, std::int64_t h, std::int64_t w) {
        return at::randn({n, c, h, w}).contiguous(c10::MemoryFormat::ChannelsLast);
    }
    static void expect_equal(const at::Tensor& got, const at::Tensor& want, double tolerance) {
        ASSERT_EQ(got.sizes(), want.sizes());
        EXPECT_LE(got.sub(want).abs().max().item<float>(), tolerance);
    }

    c10::InferenceMode inference_;
};

TEST_F(ReferenceOperators, AConvolutionDownTheColumnsOfRowTapsIsTheConvolution) {
    const at::Tensor x = map(2, 3, 9, 8);
    const at::Tensor weight = at::randn({5, 3, 3, 3});
    const at::Tensor taps = reference::row_taps(x, 3, 1, false, 16);
    ASSERT_EQ(taps.sizes(), (std::vector<std::int64_t>{2, 16, 9, 8}));
    const at::Tensor down = at::zeros({5, 16, 3, 1});
    for (std::int64_t tap = 0; tap < 3; ++tap) {
        down.narrow(1, 3 * tap, 3).copy_(weight.narrow(3, tap, 1));
    }
    expect_equal(at::conv2d(taps, down, {}, {1, 1}, {1, 0}), at::conv2d(x, weight, {}, {1, 1}, {1, 1}), 1e-5);
}

TEST_F(ReferenceOperators, MirroredRowTapsAreThoseOfTheReflectedMap) {
    const at::Tensor x = map(1, 2, 6, 7);
    const at::Tensor taps = reference::row_taps(x, 5, 2, true, 12);
    const at::Tensor wide = reference::reflection_pad(x, 2);
    ASSERT_EQ(taps.sizes(), (std::vector<std::int64_t>{1, 12, 10, 7}));
    for (std::int64_t tap = 0; tap < 5; ++tap) {
        expect_equal(taps.narrow(1, 2 * tap, 2), wide.narrow(3, tap, 7), 0);
    }
    EXPECT_EQ(taps.narrow(1, 10, 2).abs().max().item<float>(), 0);
}

TEST_F(ReferenceOperators, AnInstanceNormAddsAResidualThatIsPaddedAlready) {
    const at::Tensor x = map(2, 4, 6, 5);
    const at::Tensor residual = map(2, 4, 8, 7);
    const at::Tensor y =
        reference::instance_norm(x, {.relu = true, .pad = 2, .residual = residual, .residual_pad = 1}, 1e-5);
    const at::Tensor mean = x.mean({2, 3}, true);
    const at::Tensor variance = x.var({2, 3}, false, true);
    const at::Tensor normal = at::relu(x.sub(mean).div(variance.add(1e-5).sqrt()));
    const at::Tensor sum = normal.add(residual.narrow(2, 1, 6).narrow(3, 1, 5));
    expect_equal(y, reference::reflection_pad(sum.contiguous(c10::MemoryFormat::ChannelsLast), 2), 1e-5);
}

TEST_F(ReferenceOperators, AnActivationScalesShiftsAddsAndBends) {
    const at::Tensor x = map(1, 3, 2, 2);
    ChannelNumbers numbers;
    numbers.scale = at::randn({3});
    numbers.shift = at::randn({3});
    numbers.residual = map(1, 3, 2, 2);
    numbers.relu = true;
    const at::Tensor want = x.mul(numbers.scale.reshape({1, 3, 1, 1}))
                                .add(numbers.shift.reshape({1, 3, 1, 1}))
                                .add(numbers.residual);
    expect_equal(reference::activate(x, numbers), at::relu(want), 1e-6);
}

TEST_F(ReferenceOperators, ChannelsOfUnitLengthHaveItTimesTheirWeights) {
    const at::Tensor y = reference::unit_length(map(2, 8, 3, 3), at::full({8}, 2.0));
    expect_equal(y.pow(2).sum(1), at::full({2, 3, 3}, 4.0), 1e-4);
}

}  // namespace
}  // namespace hrn::networks
