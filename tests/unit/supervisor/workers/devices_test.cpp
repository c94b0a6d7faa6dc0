#include "supervisor/workers/devices.hpp"

#include <gtest/gtest.h>

namespace hrn::supervisor {
namespace {

const std::vector<GpuInfo> kTwoGpus = {{0, "GPU-aaaa-1", "Tesla"}, {1, "GPU-bbbb-2", "Tesla"}};
const std::optional<std::string> kUnset;

std::vector<std::string> names(const std::vector<DeviceSlot>& slots) {
    std::vector<std::string> result;
    for (const DeviceSlot& slot : slots) {
        result.push_back(slot.device);
    }
    return result;
}
using Names = std::vector<std::string>;

TEST(Devices, TakeEveryGpuByItsUuidWhenAuto) {
    EXPECT_EQ(names(resolve_devices({"auto"}, 1, kTwoGpus, kUnset)), (Names{"GPU-aaaa-1", "GPU-bbbb-2"}));
}

TEST(Devices, FallBackToOneCpuWorkerWhenAutoFindsNoGpu) {
    EXPECT_EQ(names(resolve_devices({"auto"}, 1, std::vector<GpuInfo>{}, kUnset)), Names{"cpu"});
}

TEST(Devices, RespectCudaVisibleDevicesWhenAuto) {
    EXPECT_EQ(names(resolve_devices({"auto"}, 1, kTwoGpus, "1")), Names{"GPU-bbbb-2"});
    EXPECT_EQ(names(resolve_devices({"auto"}, 1, kTwoGpus, "1, 0")), (Names{"GPU-bbbb-2", "GPU-aaaa-1"}));
    EXPECT_EQ(names(resolve_devices({"auto"}, 1, kTwoGpus, "GPU-aaaa")), Names{"GPU-aaaa-1"});
    EXPECT_EQ(names(resolve_devices({"auto"}, 1, kTwoGpus, "MIG-77")), Names{"MIG-77"});
}

TEST(Devices, SeeNoGpuBehindAnEntryOfCudaVisibleDevicesThatNamesNone) {
    EXPECT_EQ(names(resolve_devices({"auto"}, 1, kTwoGpus, "0,-1,1")), Names{"GPU-aaaa-1"});
    EXPECT_EQ(names(resolve_devices({"auto"}, 1, kTwoGpus, "")), Names{"cpu"});
}

TEST(Devices, TakeTheInstancesOfAGpuThatIsDivided) {
    std::vector<GpuInfo> gpus = kTwoGpus;
    gpus[0].mig = {"MIG-1", "MIG-2"};
    EXPECT_EQ(names(resolve_devices({"auto"}, 1, gpus, kUnset)), (Names{"MIG-1", "MIG-2", "GPU-bbbb-2"}));
    const auto slots = resolve_devices({"0", "1"}, 1, gpus, kUnset);
    EXPECT_NE(slots[0].problem.find("MIG-1, MIG-2"), std::string::npos) << slots[0].problem;
    EXPECT_EQ(slots[1].problem, "");
}

TEST(Devices, ResolveAnIndexAndAShortUuidToTheWholeUuid) {
    EXPECT_EQ(names(resolve_devices({"1", "GPU-aaaa"}, 1, kTwoGpus, kUnset)),
              (Names{"GPU-bbbb-2", "GPU-aaaa-1"}));
}

TEST(Devices, SayWhichGpuIsNotThere) {
    const auto slots = resolve_devices({"7"}, 1, kTwoGpus, kUnset);
    ASSERT_EQ(slots.size(), 1U);
    EXPECT_NE(slots[0].problem.find("no GPU 7"), std::string::npos) << slots[0].problem;
}

TEST(Devices, PassAnIndexOnWhenTheGpusAreUnknown) {
    const auto slots = resolve_devices({"1"}, 1, std::nullopt, kUnset);
    EXPECT_EQ(names(slots), Names{"1"});
    EXPECT_TRUE(slots[0].problem.empty());
}

TEST(Devices, NumberTheWorkersOfADevice) {
    const auto slots = resolve_devices({"cpu", "0", "cpu"}, 2, kTwoGpus, kUnset);
    EXPECT_EQ(names(slots), (Names{"cpu", "cpu", "GPU-aaaa-1", "GPU-aaaa-1", "cpu", "cpu"}));
    EXPECT_EQ(slots[0].ordinal, 0);
    EXPECT_EQ(slots[5].ordinal, 3);
    EXPECT_EQ(slots[3].ordinal, 1);
}

TEST(Devices, NeedTheListOfGpusUnlessAllAreCpus) {
    EXPECT_FALSE(needs_gpu_list({"cpu", "cpu"}));
    EXPECT_TRUE(needs_gpu_list({"auto"}));
    EXPECT_TRUE(needs_gpu_list({"cpu", "0"}));
}

TEST(Devices, HideEveryGpuFromACpuWorker) {
    EXPECT_EQ(visible_devices_of("cpu"), "");
    EXPECT_EQ(visible_devices_of("GPU-aaaa-1"), "GPU-aaaa-1");
}

}  // namespace
}  // namespace hrn::supervisor
