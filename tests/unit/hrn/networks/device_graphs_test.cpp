// Recorded networks against plain ones.
#include <ATen/ops/conv2d.h>

#include "tests/unit/hrn/networks/device_test.hpp"
#include "worker/hrn/networks/graphed_network.hpp"
#include "worker/hrn/networks/operators.hpp"

namespace hrn::networks {
namespace {

class DeviceGraphs : public DeviceTest {
protected:
    static Placement placement() { return {c10::Device(c10::kCUDA, 0), Precision::fp16}; }
    GraphedNetwork::Forward convolution() {
        const at::Tensor weight = map(16, 8, 3, 3).mul(0.1);
        return [weight](const at::Tensor& x) {
            const at::Tensor y = at::conv2d(x, weight, {}, {1, 1}, {1, 1});
            return std::vector<at::Tensor>{
                instance_norm(y, {.relu = true, .pad = 0, .residual = {}, .residual_pad = 0}),
                y.mean({2, 3})};
        };
    }
};

TEST_F(DeviceGraphs, AReplayGivesTheNumbersOfThePlainNetwork) {
    const auto plain = convolution();
    GraphedNetwork graphed(plain, placement(), batch_sizes_up_to(8), std::make_shared<GraphMemory>());
    for (int call = 0; call < 3; ++call) {
        const at::Tensor x = map(8, 8, 20, 20);
        const auto got = graphed(x);
        const auto want = plain(x);
        ASSERT_EQ(got.size(), want.size());
        EXPECT_TRUE(same_bits(got[0], want[0]));
        EXPECT_TRUE(same_bits(got[1], want[1]));
        EXPECT_TRUE(got[0].is_contiguous(c10::MemoryFormat::ChannelsLast));
    }
}

TEST_F(DeviceGraphs, AFilledUpBatchGivesEachImageTheNumbersThatItHasInAFullOne) {
    GraphedNetwork graphed(convolution(), placement(), batch_sizes_up_to(8), std::make_shared<GraphMemory>());
    const at::Tensor x = map(8, 8, 20, 20);
    const at::Tensor whole = graphed.first(x);
    for (const std::int64_t images : {7, 6}) {
        const at::Tensor part = graphed.first(x.narrow(0, 0, images));
        EXPECT_TRUE(same_bits(part, whole.narrow(0, 0, images))) << images;
    }
}

TEST_F(DeviceGraphs, ABatchOverTheLargestIsPutTogether) {
    const auto plain = convolution();
    GraphedNetwork graphed(plain, placement(), batch_sizes_up_to(4), std::make_shared<GraphMemory>());
    const at::Tensor x = map(11, 8, 20, 20);
    const auto got = graphed(x);
    ASSERT_EQ(got[0].size(0), 11);
    for (std::int64_t i = 0; i < 11; ++i) {
        EXPECT_LE(distance(got[0].narrow(0, i, 1), plain(x.narrow(0, i, 1))[0]), 0.02) << i;
    }
}

TEST_F(DeviceGraphs, NetworksOfOneMemoryDoNotDisturbEachOthersResults) {
    const auto memory = std::make_shared<GraphMemory>();
    const auto plain = convolution();
    GraphedNetwork first(plain, placement(), batch_sizes_up_to(4), memory);
    GraphedNetwork second(convolution(), placement(), batch_sizes_up_to(4), memory);
    const at::Tensor x = map(4, 8, 20, 20);
    static_cast<void>(first.first(x));
    static_cast<void>(second.first(x));
    const at::Tensor kept = first.first(x);
    const at::Tensor also_kept = second.first(x);
    static_cast<void>(second.first(map(2, 8, 20, 20)));
    static_cast<void>(first.first(map(4, 8, 20, 20)));
    EXPECT_TRUE(same_bits(kept, plain(x)[0]));
    EXPECT_FALSE(same_bits(kept, also_kept));
}

TEST_F(DeviceGraphs, ANaNInOneImageStaysThere) {
    GraphedNetwork graphed(convolution(), placement(), batch_sizes_up_to(4), std::make_shared<GraphMemory>());
    at::Tensor x = map(4, 8, 20, 20);
    x.narrow(0, 3, 1).fill_(std::numeric_limits<float>::quiet_NaN());
    const at::Tensor broken = graphed.first(x);
    EXPECT_FALSE(broken.narrow(0, 0, 3).isnan().any().item<bool>());
    EXPECT_TRUE(broken.narrow(0, 3, 1).isnan().all().item<bool>());
    // The idle place still holds it.
    EXPECT_FALSE(graphed.first(x.narrow(0, 0, 3)).isnan().any().item<bool>());
}

}  // namespace
}  // namespace hrn::networks
