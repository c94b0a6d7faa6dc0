// What the tests on a device share: skipping without one, maps of random numbers, comparison in float32.
#pragma once

#include <ATen/Context.h>
#include <ATen/ops/randn.h>
#include <c10/core/InferenceMode.h>
#include <c10/core/MemoryFormat.h>
#include <gtest/gtest.h>

#include "worker/hrn/networks/placement.hpp"

namespace hrn::networks {

class DeviceTest : public testing::Test {
protected:
    void SetUp() override {
        if (!at::hasCUDA()) {
            GTEST_SKIP() << "no CUDA device";
        }
        // The twins compute in whole float32.
        apply_precision({c10::Device(c10::kCUDA, 0), Precision::fp32});
    }

    static at::TensorOptions on_device(c10::ScalarType type) {
        return c10::TensorOptions().device(c10::kCUDA, 0).dtype(type);
    }
    static at::Tensor map(std::int64_t n, std::int64_t c, std::int64_t h, std::int64_t w,
                          c10::ScalarType type = c10::kHalf) {
        return at::randn({n, c, h, w}).to(on_device(type)).contiguous(c10::MemoryFormat::ChannelsLast);
    }
    static at::Tensor numbers(std::int64_t count) { return at::randn({count}).to(on_device(c10::kFloat)); }
    static at::Tensor wide(const at::Tensor& x) { return x.to(c10::kFloat); }

    // The rounding of one number of size `about` in this type, a few times.
    static double rounding(c10::ScalarType type, double about) {
        switch (type) {
            case c10::kHalf:
                return about * 2e-3;
            case c10::kBFloat16:
                return about * 1.6e-2;
            default:
                return about * 1e-5;
        }
    }
    static double distance(const at::Tensor& got, const at::Tensor& want) {
        EXPECT_EQ(got.sizes(), want.sizes());
        return wide(got).sub(wide(want)).abs().max().item<float>();
    }
    static bool same_bits(const at::Tensor& a, const at::Tensor& b) { return a.equal(b); }

    c10::InferenceMode inference_;
};

}  // namespace hrn::networks
