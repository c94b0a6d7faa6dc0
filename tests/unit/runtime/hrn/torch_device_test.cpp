#include "worker/runtime/hrn/torch_device.hpp"

#include <ATen/core/Tensor.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/ones.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <new>

#include "worker/runtime/task_failure.hpp"
#include "worker/runtime/work.hpp"

namespace hrn::runtime {
namespace {

TEST(TorchDevice, IsNeverTheCpuInsteadOfADeviceThatIsNotThere) {
    ASSERT_EQ(::setenv("CUDA_VISIBLE_DEVICES", "", 1), 0);
    try {
        const TorchDevice device("GPU-00000000-0000-0000-0000-000000000000");
        FAIL() << "computes on " << device.torch_name();
    } catch (const LoadFailed& failed) {
        EXPECT_EQ(failed.status(), WorkerExit::device_lost);
        EXPECT_EQ(failed.code(), ErrorCode::device_lost);
    }
}

TEST(TorchDevice, RunsWhatItIsGiven) {
    TorchDevice device("cpu");
    float sum = 0;
    device.run([&] { sum = at::ones({3}).sum().item<float>(); });
    EXPECT_EQ(sum, 3);
}

TEST(TorchDevice, TellsAnErrorOfLibTorchByItsFirstLine) {
    TorchDevice device("cpu");
    try {
        device.run([] { static_cast<void>(at::ones({3}).view({2, 2})); });
        FAIL() << "a view of the wrong shape";
    } catch (const std::runtime_error& error) {
        EXPECT_EQ(std::string(error.what()).find('\n'), std::string::npos);
        EXPECT_NE(std::string(error.what()).find("shape"), std::string::npos);
    }
}

TEST(TorchDevice, TellsMemoryThatLibTorchCannotGetOnTheCpu) {
    TorchDevice device("cpu");
    EXPECT_THROW(device.run([] { static_cast<void>(at::empty({std::int64_t{1} << 50})); }), std::bad_alloc);
}

TEST(TorchDevice, LetsOtherExceptionsThroughAsTheyAre) {
    TorchDevice device("cpu");
    EXPECT_THROW(device.run([] { throw TaskFailed(ErrorCode::no_face, "nobody"); }), TaskFailed);
}

}  // namespace
}  // namespace hrn::runtime
